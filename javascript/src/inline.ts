// The encoding with its module and its vocabulary in the program itself: for programs that are one file, and where nothing copies files.

import { HARMONY_GPT_OSS, HarmonyEncoding, unknownEncoding } from './encoding.js'
import { module, vocabulary } from './inline-data.js'
import { Wasm } from './wasm.js'

export * from './library.js'

let loaded: Promise<HarmonyEncoding> | undefined

/** Loads the encoding, once. Every call gives the same one. It has no API adapters and no grammars. */
export function loadHarmonyEncoding(name: 'HarmonyGptOss' = HARMONY_GPT_OSS): Promise<HarmonyEncoding> {
  if (name !== HARMONY_GPT_OSS) return Promise.reject(unknownEncoding(name))
  loaded ??= load()
  return loaded
}

async function load(): Promise<HarmonyEncoding> {
  const [code, seed] = await Promise.all([unpack(await module), unpack(await vocabulary)])
  return new HarmonyEncoding(new Wasm(await WebAssembly.compile(code), seed))
}

/** The bytes of base64 of gzip. */
async function unpack(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
