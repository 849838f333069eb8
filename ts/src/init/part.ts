/** The parts of an installation: which file holds what of Baton's, how it gets in, and how it is told from what is others'. */
import type { InitClient, InitPart } from "../gen/baton/state/v1/init_pb.js";

/** A file that init writes. Texts are without byte order mark; errors carry the path as place. */
export interface Part {
  readonly client: InitClient;
  readonly part: InitPart;
  /** Path as the client finds it, absolute. */
  readonly path: string;
  /** Mode of a file that init makes. */
  readonly mode: number;
  /** An empty folder that the file is useless without, absolute. */
  readonly folder?: string;
  /** Whether the file is Baton's as a whole. */
  readonly isWhole?: boolean;
  /**
   * The text with Baton's own in it, unchanged where it is in there. `text` is undefined where there is no file; `isKnown`
   * says that it is as init left it.
   */
  put(text: string | undefined, isKnown: boolean): string;
  /**
   * The text without Baton's own, unchanged where there is none. `original` is what the file was before init: undefined
   * where init made it. Gives undefined where nothing but Baton's is left.
   */
  strip(text: string, original: string | undefined): string | undefined;
}

/** A part that is Baton's as a whole. `isOwn` tells a text of Baton's; of anything else `put` throws what `taken` gives. */
export function wholeFile(
  place: Pick<Part, "client" | "part" | "path" | "mode" | "folder">,
  content: string,
  { isOwn, taken }: { isOwn: (text: string) => boolean; taken: () => Error },
): Part {
  return {
    ...place,
    isWhole: true,
    put(text, isKnown) {
      if (text !== undefined && !isKnown && !isOwn(text)) throw taken();
      return content;
    },
    strip: (text) => (isOwn(text) ? undefined : text),
  };
}
