import { fullModule, harmonyModule, vocabulary } from '#open'

import { HARMONY_GPT_OSS, HarmonyEncoding, unknownEncoding } from './encoding.js'
import type { Source } from './source.js'
import { Wasm } from './wasm.js'

export type { Source } from './source.js'
export * from './library.js'

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
export function loadHarmonyEncoding(name: 'HarmonyGptOss' = HARMONY_GPT_OSS, options: LoadOptions = {}): Promise<HarmonyEncoding> {
  if (name !== HARMONY_GPT_OSS) return Promise.reject(unknownEncoding(name))
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
