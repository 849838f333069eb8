/**
 * Bugs that a program like this may have, each as changes of the product in the language that has the code. `npm run mutants`
 * plants them one at a time: a test must fail.
 */

/** A change of one file: `from` stands there once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The tests that are run with a bug in place. */
export type Tests =
  | { readonly runner: "vitest"; readonly files: readonly string[] }
  | { readonly runner: "cargo"; readonly package: string; readonly tests: readonly string[] };

/** A bug in one language. */
export interface Planting {
  readonly language: "TypeScript" | "Rust";
  readonly edits: readonly Edit[];
  readonly tests: Tests;
}

/** A bug. */
export interface Mutant {
  readonly name: string;
  readonly plantings: readonly Planting[];
}

const vitest = (...files: string[]): Tests => ({ runner: "vitest", files });
const cargo = (...tests: string[]): Tests => ({ runner: "cargo", package: "baton-state", tests });
const typescript = (tests: Tests, ...edits: Edit[]): Planting => ({ language: "TypeScript", edits, tests });
const rust = (tests: Tests, ...edits: Edit[]): Planting => ({ language: "Rust", edits, tests });
const inSegment = (language: "ts" | "rust", name: string, from: string, to: string): Edit => ({
  file: language === "ts" ? `ts/src/segment/${name}.ts` : `rust/state/src/segment/${name}.rs`,
  from,
  to,
});

const writerTests = vitest("ts/test/segment/writer.test.ts", "ts/test/segment/writer-failures.test.ts");
const scanTests = vitest("ts/test/segment/scan.test.ts");
const mergeTests = vitest("ts/test/merge/crash.test.ts");

/** All of them. */
export const mutants: readonly Mutant[] = [
  {
    name: "skip fsync",
    plantings: [
      typescript(writerTests, inSegment("ts", "writer", "        await files.sync(segment.fd);\n", "")),
      rust(cargo("writer"), inSegment("rust", "open", "        self.file.sync_data()?;\n", "")),
    ],
  },
  {
    name: "acknowledge before write",
    plantings: [
      typescript(
        writerTests,
        inSegment(
          "ts",
          "writer",
          "      writeWhole(files, segment.fd, batch);\n      const now",
          "      const late = batch.slice();\n      setImmediate(() => writeWhole(files, segment.fd, late));\n      const now",
        ),
      ),
      rust(
        cargo("writer"),
        inSegment(
          "rust",
          "open",
          "            Some(failure) => Err(failure.error),\n",
          "            Some(_) => Ok(()),\n",
        ),
      ),
    ],
  },
  {
    name: "ignore a short write",
    plantings: [
      typescript(writerTests, inSegment("ts", "open-segment", "    written += count;\n", "    written = end;\n")),
      rust(
        cargo("writer"),
        inSegment("rust", "open", "Ok(count) => written += count,", "Ok(_) => written = bytes.len(),"),
      ),
    ],
  },
  {
    name: "checksum without the last byte",
    plantings: [
      typescript(
        scanTests,
        inSegment(
          "ts",
          "frame",
          "finishCrc(updateCrc(crc, bytes, frame.payloadStart, frame.payloadEnd))",
          "finishCrc(updateCrc(crc, bytes, frame.payloadStart, Math.max(frame.payloadStart, frame.payloadEnd - 1)))",
        ),
        inSegment("ts", "frame", "out, next, next + length)", "out, next, next + Math.max(0, length - 1))"),
      ),
      rust(
        cargo("scan", "scan_hostile"),
        inSegment(
          "rust",
          "frame",
          "let whole = PREIMAGE_SIZE + frame.payload.len();",
          "let whole = PREIMAGE_SIZE + frame.payload.len().saturating_sub(1);",
        ),
      ),
    ],
  },
  {
    name: "checksum without the length",
    plantings: [
      typescript(
        vitest("conformance/conformance.test.ts"),
        inSegment("ts", "frame", "updateCrcWord(crc, frame.payloadEnd - frame.payloadStart)", "updateCrcWord(crc, 0)"),
        inSegment("ts", "frame", "updateCrc(updateCrcWord(crc, length), out", "updateCrc(updateCrcWord(crc, 0), out"),
      ),
      rust(
        vitest("conformance/conformance.test.ts"),
        inSegment("rust", "frame", "&(frame.payload.len() as u32).to_le_bytes()", "&0_u32.to_le_bytes()"),
      ),
    ],
  },
  {
    name: "the cursors in a transaction of their own",
    plantings: [
      rust(cargo("crash"), {
        file: "rust/state/src/index/writer.rs",
        from:
          "        sheet.latest_ms = sheet.latest_ms.max(changes.latest_ms);\n" +
          "        write_parts(&transaction, sheet, &changes)?;\n        transaction.commit()?;\n        Ok(true)\n",
        to: `        transaction.abort()?;
        let (cursors, winners): (Vec<_>, Vec<_>) =
            changes.parts.into_iter().partition(|(key, _)| *key == Part::Cursors.key());
        for parts in [cursors, winners] {
            let transaction = database.begin_write()?;
            sheet = sheet_of(&transaction)?;
            sheet.latest_ms = sheet.latest_ms.max(changes.latest_ms);
            let changes = Changes { latest_ms: changes.latest_ms, parts };
            write_parts(&transaction, sheet, &changes)?;
            transaction.commit()?;
        }
        Ok(true)
`,
      }),
    ],
  },
  {
    name: "a reader truncates",
    plantings: [
      typescript(
        vitest("conformance/conformance.test.ts"),
        inSegment("ts", "folder", "lstatSync, openSync,", "lstatSync, openSync, truncateSync,"),
        inSegment(
          "ts",
          "folder",
          "    return { scanned: stretched(scanSegment(file, readRange(fd, 0, end)), size), look };\n",
          "    const scanned = scanSegment(file, readRange(fd, 0, end));\n" +
            "    if (scanned.cursor.offset < size) truncateSync(path, scanned.cursor.offset);\n" +
            "    return { scanned: stretched(scanned, size), look };\n",
        ),
      ),
      rust(
        vitest("conformance/conformance.test.ts"),
        inSegment(
          "rust",
          "file",
          "    read_on(file, source, None, Cursor::default(), buffer)\n",
          "    let segment = read_on(file, source, None, Cursor::default(), buffer)?;\n" +
            "    File::options().write(true).open(dir.join(file))?.set_len(segment.cursor.offset)?;\n    Ok(segment)\n",
        ),
      ),
    ],
  },
  {
    name: "the seal is not synced",
    plantings: [
      typescript(mergeTests, {
        file: "ts/src/merge/write.ts",
        from: "  files.syncNow(segment.fd);\n  files.syncFolder(dir);\n",
        to: "  files.syncFolder(dir);\n",
      }),
    ],
  },
  {
    name: "a compaction deletes before it syncs",
    plantings: [
      typescript(mergeTests, {
        file: "ts/src/merge/write.ts",
        from: "    if (!holds()) return false;\n    isSealed = true;\n",
        to:
          "    for (const { seen } of group.segments) files.remove(join(dir, seen.file));\n" +
          "    if (!holds()) return false;\n    isSealed = true;\n",
      }),
    ],
  },
  {
    name: "sequence numbers start again with each segment",
    plantings: [
      typescript(
        writerTests,
        inSegment("ts", "writer", "return current ?? open(nextSeq);", "return current ?? open((nextSeq = 1));"),
      ),
      rust(cargo("writer"), inSegment("rust", "writer", "first_seq: Some(self.next_seq),", "first_seq: Some(1),")),
    ],
  },
  {
    name: "a scan resumes where nothing proves",
    plantings: [
      typescript(
        scanTests,
        inSegment(
          "ts",
          "scan",
          "if (proves(bytes, candidate, base, lastSeq, frame)) return",
          "if (parseFrame(bytes, candidate, bytes.length, frame)) return",
        ),
      ),
      rust(
        vitest("conformance/conformance.test.ts"),
        inSegment(
          "rust",
          "scan",
          "if self.prove_at(start).is_some() {",
          "if self.bytes.get(start..).and_then(parse_frame).is_some() {",
        ),
      ),
    ],
  },
  {
    name: "a scan never resumes",
    plantings: [
      typescript(scanTests, inSegment("ts", "scan", "if (resumed.at < 0) {", "if (resumed.at < limit) {")),
      rust(
        cargo("scan", "scan_hostile"),
        inSegment(
          "rust",
          "scan",
          "let Some(start) = self.find_frame() else {",
          "let Some(start) = self.find_frame().filter(|_| false) else {",
        ),
      ),
    ],
  },
  {
    name: "stamps do not start from those of the folder",
    plantings: [
      typescript(vitest("ts/test/library/library.test.ts"), {
        file: "ts/src/library/recorder.ts",
        from: "stamp = highestStamp(home.segments, clock());",
        to: "stamp = { low: 0, high: 0 };",
      }),
      rust(cargo("library"), {
        file: "rust/state/src/library.rs",
        from: "let mut stamp = highest_stamp(&home.segments(), now);",
        to: "let mut stamp = 0;",
      }),
    ],
  },
  {
    name: "the folder is not synced",
    plantings: [
      typescript(
        writerTests,
        inSegment("ts", "writer", "    if (!segment.isFolderSynced) files.syncFolder(dir);\n", ""),
      ),
      rust(cargo("writer"), inSegment("rust", "open", "            disk.sync_folder(dir)?;\n", "")),
    ],
  },
  {
    name: "a file that could not be begun stays",
    plantings: [
      typescript(writerTests, inSegment("ts", "open-segment", "    ignoreFailure(() => files.remove(path));\n", "")),
      rust(cargo("writer"), inSegment("rust", "open", "            let _ = disk.remove(&path);\n", "")),
    ],
  },
  {
    name: "replaced segments still count",
    plantings: [
      typescript(
        vitest("ts/test/segment/folder.test.ts"),
        inSegment(
          "ts",
          "judge",
          '? standing("COUNTS") : { name: "REPLACED", replacedBytes }',
          '? standing("COUNTS") : standing("COUNTS")',
        ),
      ),
      rust(
        cargo("folder"),
        inSegment(
          "rust",
          "judge",
          "Some(bytes) => (SegmentStanding::Replaced, *bytes),",
          "Some(_) => (SegmentStanding::Counts, 0),",
        ),
      ),
    ],
  },
];
