import { fullModule, harmonyModule, vocabulary } from '#open'

import { HarmonyEncoding } from './encoding.js'
import { HarmonyError } from './error.js'
import type { Source } from './source.js'
import { Wasm } from './wasm.js'

export type { RenderConversationOptions } from './encoding.js'
export type { ParserState, StreamState } from './parser.js'
export type { OpenMessage, RenderEnding, RenderFormat, RenderSpec, ResponseFormat } from './render-options.js'
export type { Part, Span, TokenSelection } from './rendered.js'
export type { Source } from './source.js'
export type { EncodeOptions, SpecialTokens } from './special.js'
export type { TranscriptOptions } from './transcript.js'
export type * from './types.js'
export { HarmonyEncoding } from './encoding.js'
export { HarmonyError } from './error.js'
export { StreamableParser, TextParser } from './parser.js'
export { Rendered } from './rendered.js'
export { Transcript } from './transcript.js'

/** What is loaded, and where from, if not from the files of the package. */
export interface LoadOptions {
  /** Whether to load the API adapters and grammars too: `full.wasm` in place of `harmony.wasm`. */
  full?: boolean
  /** The module. */
  wasm?: Source
  /** `o200k.seed` */
  vocabulary?: Source
}

const loaded = new Map<boolean, Promise<HarmonyEncoding>>()

/** Loads an encoding. From the files of the package that happens once, and every call gives the same one. */
export function loadHarmonyEncoding(name: 'HarmonyGptOss' = 'HarmonyGptOss', options: LoadOptions = {}): Promise<HarmonyEncoding> {
  if (name !== 'HarmonyGptOss') {
    const message = `Unknown encoding: ${String(name)}`
    return Promise.reject(new HarmonyError({ code: 'load.unknown_encoding', message }))
  }
  if (options.wasm !== undefined || options.vocabulary !== undefined) return load(options)
  const full = options.full ?? false
  const encoding =
    loaded.get(full) ??
    load(options).catch((error: unknown) => {
      // A failed download may succeed the next time.
      loaded.delete(full)
      throw error
    })
  loaded.set(full, encoding)
  return encoding
}

async function load(options: LoadOptions): Promise<HarmonyEncoding> {
  const open = options.full ? fullModule : harmonyModule
  const [module, seed] = await Promise.all([open(options.wasm), vocabulary(options.vocabulary)])
  return new HarmonyEncoding(new Wasm(module, seed))
}
