import { HarmonyError } from './error.js'
import type { HarmonyEncoding } from './encoding.js'
import type { Wasm } from './wasm.js'

/** The module of an encoding, which must be the one with the adapters and grammars. @internal */
export function fullOf(encoding: HarmonyEncoding): Wasm {
  const { wasm } = encoding
  if (!wasm.has('grammar_new')) {
    const message = "the encoding was loaded without the API adapters and grammars: loadHarmonyEncoding('HarmonyGptOss', { full: true })"
    throw new HarmonyError({ code: 'load.small_module', message })
  }
  return wasm
}
