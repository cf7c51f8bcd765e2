// Where the modules and the vocabulary come from in browsers and workers: they are fetched from beside this file. Bundlers find
// `new URL('…', import.meta.url)` and copy the files.

import type { Source } from './source.js'
import { bytesOf, moduleOf } from './source.js'

export const harmonyModule = (source?: Source): Promise<WebAssembly.Module> =>
  moduleOf(source ?? new URL('../../harmony.wasm', import.meta.url))

export const fullModule = (source?: Source): Promise<WebAssembly.Module> => moduleOf(source ?? new URL('../../full.wasm', import.meta.url))

export const textModule = (source?: Source): Promise<WebAssembly.Module> => moduleOf(source ?? new URL('../../text.wasm', import.meta.url))

export const vocabulary = (source?: Source): Promise<Uint8Array> => bytesOf(source ?? new URL('../../o200k.seed', import.meta.url))
