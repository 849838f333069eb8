"""Third reader: counts frames and record kinds of segments with the stock protobuf runtime of Python alone.

Usage: third_reader.py DESCRIPTORS SEGMENT... ; prints JSON of the shape of fixtures/golden/counts.json.
It knows nothing of docs/segment-format.md: a segment is a stream of length-delimited messages of one type.
"""

import io
import json
import os
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.proto import parse_length_prefixed


def message_classes(path):
    """Frame and Record, from the descriptor set at `path`."""
    descriptors = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as file:
        descriptors.ParseFromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    names = ("baton.segment.v1.Frame", "baton.state.v1.Record")
    return [message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names]


def count(path, frame_class, record_class):
    """Frames of one segment, the magic one included, and its records by the number of their kind."""
    numbers = {field.name: field.number for field in record_class.DESCRIPTOR.oneofs_by_name["kind"].fields}
    frames, kinds = 0, {}
    with open(path, "rb") as file:
        stream = io.BytesIO(file.read())
    while (frame := parse_length_prefixed(frame_class, stream)) is not None:
        frames += 1
        if not frame.HasField("kind"):
            continue
        kind = record_class.FromString(frame.payload).WhichOneof("kind")
        if kind is not None and numbers[kind] != frame.kind:
            raise ValueError(f"{path}: frame {frames} says kind {frame.kind}, its record {numbers[kind]}")
        kinds[str(frame.kind)] = kinds.get(str(frame.kind), 0) + 1
    return {"frames": frames, "kinds": kinds}


def main():
    """Counts every segment that is named."""
    classes = message_classes(sys.argv[1])
    print(json.dumps({os.path.basename(path): count(path, *classes) for path in sys.argv[2:]}))


main()
