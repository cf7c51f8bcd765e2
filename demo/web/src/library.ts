/** All that the page takes from the package. */

export { HarmonyError, loadHarmonyEncoding } from 'openai-harmony/inline';
export type {
  Ending,
  HarmonyEncoding,
  Message,
  Parsed,
  ParsedMessage,
  Repair,
  RepairKind,
  Role,
  StreamEvent,
} from 'openai-harmony/inline';
