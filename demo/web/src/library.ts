/** All that the page takes from the package, with the module and the vocabulary in the program itself. */
import { loadHarmonyEncoding, type HarmonyEncoding } from 'openai-harmony';
import module from 'openai-harmony/harmony.wasm';
import vocabulary from 'openai-harmony/o200k.seed';

export { HarmonyError } from 'openai-harmony';
export type { HarmonyEncoding, Message, Parsed, ParsedMessage, Repair, RepairKind, Role, StreamEvent } from 'openai-harmony';

export function loadEncoding(): Promise<HarmonyEncoding> {
  return loadHarmonyEncoding('HarmonyGptOss', { wasm: unpack(module), vocabulary: unpack(vocabulary) });
}

/** The prompt of an OpenAI request. */
export function renderRequest(encoding: HarmonyEncoding, api: 'chat' | 'responses', body: Record<string, unknown>): Uint32Array {
  throw new Error(`not yet: ${encoding.name} ${api} ${Object.keys(body)}`);
}

/** Base64 of what gzip made, as the build writes it. */
async function unpack(packed: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
