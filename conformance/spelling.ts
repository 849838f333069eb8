/** Other spellings of a text: what the guard decodes (docs/privacy.md, PRV-090). */
import { Spelling } from "../ts/src/gen/baton/conformance/v1/case_pb.js";

/** Spells a text of any bytes in another way, as baton.conformance.v1.Spelling tells. */
export function spelled(spelling: Spelling, text: Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  const each = (spell: (hex: string, byte: number) => string): Buffer =>
    Buffer.from([...bytes].map((byte) => spell(byte.toString(16).padStart(2, "0"), byte)).join(""));
  switch (spelling) {
    case Spelling.BASE64:
      return Buffer.from(bytes.toString("base64"));
    case Spelling.BASE64URL:
      return Buffer.from(bytes.toString("base64url"));
    case Spelling.BASE64_UTF16:
      return Buffer.from(Buffer.from(bytes.toString("latin1"), "utf16le").toString("base64"));
    case Spelling.HEX:
      return each((hex) => hex);
    case Spelling.PERCENT:
      return each((hex) => `%${hex}`);
    case Spelling.UNICODE_ESCAPE:
      return each((hex) => `\\u00${hex}`);
    case Spelling.HEX_ESCAPE:
      return each((hex) => `\\x${hex}`);
    case Spelling.HTML:
      return each((_, byte) => `&#${byte};`);
    case Spelling.HTML_HEX:
      return each((hex) => `&#x${hex};`);
    default:
      return bytes;
  }
}
