/** All that the page takes from the package, with the module and the vocabulary in the program itself. */
import { loadHarmonyEncoding, type HarmonyEncoding } from 'openai-harmony'
import module from 'openai-harmony/full.wasm'
import vocabulary from 'openai-harmony/o200k.seed'
import { ChatCompletions, Responses } from 'openai-harmony/openai'

export { HarmonyError } from 'openai-harmony'
export type { HarmonyEncoding, Message, Parsed, ParsedMessage, Repair, RepairKind, Role, StreamEvent } from 'openai-harmony'

export function loadEncoding(): Promise<HarmonyEncoding> {
  return loadHarmonyEncoding('HarmonyGptOss', { wasm: unpack(module), vocabulary: unpack(vocabulary) })
}

/** The prompt of an OpenAI request, for today or for the given time in seconds since the epoch. */
export function renderRequest(encoding: HarmonyEncoding, api: 'chat' | 'responses', body: object, now?: number): Uint32Array {
  const options = now === undefined ? {} : { clock: () => now }
  const reader = api === 'chat' ? new ChatCompletions(encoding, options) : new Responses(encoding, options)
  using job = reader.prepare(body)
  return job.tokens
}

/** Base64 of what gzip made, as the build writes it. */
async function unpack(packed: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(packed), character => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream).arrayBuffer()
}
