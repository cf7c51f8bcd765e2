/** Streams a completion from a server on this computer that has the OpenAI API, as vLLM, SGLang and llama.cpp do. */

/** What a user says about the server. */
export interface Server {
  /** The address of the API, as OpenAI's clients take it: it ends in `/v1`. */
  address: string
  /** The name of the model; empty for the first one that the server has. */
  model: string
}

/** What is sampled from, and what ends it. */
export interface Sampling {
  prompt: Uint32Array
  stopTokens: Uint32Array | number[]
  /** The texts of special tokens, which some servers leave out unless they are named. */
  specialTokens: string[]
}

/** Token ids, or text where the server sends no ids. */
export type Piece = number[] | string

/** A sentence for the user. */
export class ServerError extends Error {}

const MOST_TOKENS = 4096

/** The hosts that the policy of the page allows. */
const LOCAL = ['localhost', '127.0.0.1']

/** The pieces of a completion as they come. */
export async function* complete(server: Server, sampling: Sampling, signal: AbortSignal): AsyncGenerator<Piece> {
  const base = baseOf(server.address)
  const model = server.model || (await firstModel(base, signal))
  const response = await ask(`${base}/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      prompt: Array.from(sampling.prompt),
      stream: true,
      max_tokens: MOST_TOKENS,
      // Each server takes what it knows: ids where it has them, and the text of special tokens.
      return_token_ids: true,
      stop_token_ids: Array.from(sampling.stopTokens),
      include_stop_str_in_output: true,
      skip_special_tokens: false,
      preserved_tokens: sampling.specialTokens,
    }),
    signal,
  })
  for await (const data of serverSentEvents(response)) {
    if (data === '[DONE]') return
    const piece = pieceOf(toChunk(data))
    if (piece.length > 0) yield piece
  }
}

function baseOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || !LOCAL.includes(url.hostname)) {
    throw new ServerError('The address is one of this computer, as http://localhost:8000/v1. The page may talk to no other.')
  }
  return url.href.replace(/\/+$/, '')
}

async function firstModel(base: string, signal: AbortSignal): Promise<string> {
  const { data } = (await (await ask(`${base}/models`, { signal })).json()) as { data?: { id?: string }[] }
  const id = data?.[0]?.id
  if (id === undefined) throw new ServerError(`${base}/models lists no model.`)
  return id
}

async function ask(address: string, options: RequestInit): Promise<Response> {
  let response
  try {
    response = await fetch(address, options)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ServerError(`No answer from ${address}. Either no server runs there, or it does not allow requests of web pages (CORS).`)
  }
  if (response.ok) return response
  throw new ServerError(`${address} answered ${response.status}: ${await reasonOf(response)}`)
}

/** The message of an error of the API, or what else the server wrote. */
async function reasonOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const { error, message } = JSON.parse(text)
    return String(error?.message ?? error ?? message ?? text)
  } catch {
    return text.slice(0, 200) || response.statusText
  }
}

/** The data of each event of a stream. */
async function* serverSentEvents(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks(response)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/)
    rest = lines.pop()!
    for (const line of lines) if (line.startsWith('data:')) yield line.slice('data:'.length).trim()
  }
}

/** Not every browser can iterate over a stream. */
async function* chunks({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body!.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    await reader.cancel()
  }
}

interface Chunk {
  choices?: { text?: string; token_ids?: number[] | null }[]
  error?: { message?: string }
}

function toChunk(data: string): Chunk {
  try {
    return JSON.parse(data)
  } catch {
    throw new ServerError(`The server sent what is not JSON: ${data.slice(0, 100)}`)
  }
}

function pieceOf({ choices, error }: Chunk): Piece {
  if (error) throw new ServerError(`The server stopped: ${error.message ?? JSON.stringify(error)}`)
  const choice = choices?.[0]
  return choice?.token_ids ?? choice?.text ?? ''
}
