/**
 * Where a module or the vocabulary comes from: its bytes, a compiled module, a response to a request, or an address. In Node, Deno
 * and Bun a string may be the path of a file.
 */
export type Source = BufferSource | WebAssembly.Module | Response | URL | string | Promise<BufferSource | WebAssembly.Module | Response>

/** The compiled module of a source. */
export async function moduleOf(source: Source): Promise<WebAssembly.Module> {
  const given = await answerOf(source)
  if (given instanceof WebAssembly.Module) return given
  if (!isResponse(given)) return WebAssembly.compile(given)
  // A server that does not know the type sends another, which streaming compilation refuses.
  const isWasm = given.headers.get('content-type')?.startsWith('application/wasm')
  return isWasm ? WebAssembly.compileStreaming(given) : WebAssembly.compile(await given.arrayBuffer())
}

/** The bytes of a source. */
export async function bytesOf(source: Source): Promise<Uint8Array> {
  const given = await answerOf(source)
  if (given instanceof WebAssembly.Module) {
    throw new TypeError('the vocabulary is bytes, not a module')
  }
  if (isResponse(given)) return new Uint8Array(await given.arrayBuffer())
  return ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : new Uint8Array(given)
}

async function answerOf(source: Source): Promise<BufferSource | WebAssembly.Module | Response> {
  const given = await (typeof source === 'string' || source instanceof URL ? fetch(source) : source)
  if (isResponse(given) && !given.ok) {
    throw new Error(`${given.url}: ${given.status} ${given.statusText}`)
  }
  return given
}

// By its fields: naming the class makes Node load its HTTP client, which takes 15 ms.
const isResponse = (given: BufferSource | WebAssembly.Module | Response): given is Response => 'arrayBuffer' in given
