// Where the modules and the vocabulary come from in Node, Deno and Bun: they are files of the package.

import { readFile } from 'node:fs/promises'

import type { Source } from './source.js'
import { bytesOf, moduleOf } from './source.js'

export const harmonyModule = async (source?: Source): Promise<WebAssembly.Module> =>
  moduleOf(await read(source ?? new URL('../../harmony.wasm', import.meta.url)))

export const fullModule = async (source?: Source): Promise<WebAssembly.Module> =>
  moduleOf(await read(source ?? new URL('../../full.wasm', import.meta.url)))

export const textModule = async (source?: Source): Promise<WebAssembly.Module> =>
  moduleOf(await read(source ?? new URL('../../text.wasm', import.meta.url)))

export const vocabulary = async (source?: Source): Promise<Uint8Array> =>
  bytesOf(await read(source ?? new URL('../../o200k.seed', import.meta.url)))

/** The contents of a file, where the source is one; `fetch` reads no files. */
async function read(source: Source): Promise<Source> {
  const place = typeof source === 'string' && URL.canParse(source) ? new URL(source) : source
  if (typeof place === 'string') return readFile(place)
  return place instanceof URL && place.protocol === 'file:' ? readFile(place) : place
}
