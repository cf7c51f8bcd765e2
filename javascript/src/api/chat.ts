import type { HarmonyEncoding } from '../encoding.js'
import { fullOf } from '../full.js'
import { Resource } from '../resource.js'
import { Transcript } from '../transcript.js'
import type { Wasm } from '../wasm.js'
import type { Repair, Tokens } from '../types.js'
import { answering, seals, type Host } from './host.js'
import { Job, newApi, RequestReader } from './job.js'
import type { ApiOptions } from './options.js'
import { Steps, type PushOptions } from './steps.js'
import type { ChatCompletion, ChatCompletionChunk, EngineFinishReason, Note } from './types.js'

const DONE = new TextEncoder().encode('data: [DONE]\n\n')

/** The Chat Completions API over one encoding: requests in, answers out, without I/O. */
export class ChatCompletions extends RequestReader {
  constructor(encoding: HarmonyEncoding, options: ApiOptions & Host = {}) {
    super(...newApi(fullOf(encoding), options))
  }

  /**
   * Reads the body of a request: JSON text, its bytes, or the object.
   *
   * @throws BadRequest with the first thing that is wrong with it.
   */
  prepare(body: string | Uint8Array | object): ChatJob {
    return new ChatJob(this.wasm, this.read('prepare_chat', body), this.host)
  }

  /** The stream that `ChatStream.toJSON` stored. */
  restoreStream(state: unknown): ChatStream {
    const handle = this.wasm.call('chat_restore', this.wasm.writeJson(state), seals(this.host))
    return new ChatStream(this.wasm, handle, this.host)
  }
}

/** A request to Chat Completions, ready to be sampled. */
export class ChatJob extends Job {
  /** The answer to this request, for all its choices: tokens in, chunks out. */
  stream(): ChatStream {
    return new ChatStream(this.wasm, this.openStream(), this.host)
  }

  /** The whole answer at once: for each choice its tokens and why the engine stopped. */
  complete(choices: Iterable<readonly [Tokens, EngineFinishReason | null]>): ChatCompletion {
    const stream = this.stream()
    let choice = 0
    for (const [tokens, reason] of choices) {
      stream.push(tokens, { choice })
      stream.finish(reason, { choice })
      choice += 1
    }
    return stream.completion()
  }
}

/** A chat completion as server-sent events: the steps of the stream, in bytes. */
export class ChatSse extends Steps<Uint8Array> {
  /** The event after which a client stops to read: `data: [DONE]`. */
  done(): Uint8Array {
    return DONE.slice()
  }
}

/** The answer to a request to Chat Completions, for all its choices, while it is sampled. */
export class ChatStream extends Resource {
  /** The same stream as server-sent events. */
  readonly sse: ChatSse
  readonly #host: Host
  readonly #steps: Steps<ChatCompletionChunk[]>

  /** @internal */
  constructor(wasm: Wasm, handle: number, host: Host) {
    super(wasm, handle, 'chat_free')
    this.#host = host
    const ask = answering(host)
    this.sse = new ChatSse(wasm, (step, a, b) => wasm.answering(ask, () => wasm.bytes(`chat_${step}`, this.handle, 1, a, b)))
    this.#steps = new Steps(wasm, (step, a, b) =>
      wasm.answering(ask, () => wasm.json<ChatCompletionChunk[] | null>(`chat_${step}`, this.handle, 0, a, b) ?? []),
    )
  }

  /** Sends the first chunk of every choice. Optional: the first tokens that are pushed start the stream, too. */
  start(options?: { cachedTokens?: number }): ChatCompletionChunk[] {
    return this.#steps.start(options)
  }

  /** Takes the tokens that were sampled for a choice, one or many. Gives the chunks that they add. */
  push(tokens: Tokens, options?: PushOptions): ChatCompletionChunk[] {
    return this.#steps.push(tokens, options)
  }

  /** Ends a choice. Gives what was held back, the finish reason and, after the last choice, the usage. */
  finish(reason?: EngineFinishReason | null, options?: { choice?: number }): ChatCompletionChunk[] {
    return this.#steps.finish(reason, options)
  }

  /** Ends the stream because the engine broke. Gives the error to send. */
  fail(message: string, options?: { code?: string }): object[] {
    return this.#steps.fail(message, options)
  }

  /** Whether a stop string is complete, so that the engine can stop generating this choice. */
  stopped(choice = 0): boolean {
    return this.wasm.call('chat_stopped', this.handle, choice) === 1
  }

  /** The object `chat.completion` so far; after the last choice has ended, the whole one. */
  completion(): ChatCompletion {
    return this.wasm.json('chat_completion', this.handle)
  }

  /** What lenient parsing repaired, choice by choice. */
  get repairs(): Repair[] {
    return this.wasm.json('chat_repairs', this.handle)
  }

  /** What was left out of the answer or is wrong with it, choice by choice. */
  get notes(): Note[] {
    return this.wasm.json('chat_notes', this.handle)
  }

  /** The conversation with what was sampled for a choice: the next prompt begins with exactly these tokens. */
  transcript(choice = 0): Transcript {
    return new Transcript(this.wasm, this.wasm.call('chat_transcript', this.handle, choice))
  }

  /** A stream that goes its own way from here. */
  clone(): ChatStream {
    return new ChatStream(this.wasm, this.wasm.call('chat_clone', this.handle), this.#host)
  }

  /** The whole state as JSON, for `ChatCompletions.restoreStream`. */
  toJSON(): unknown {
    return this.wasm.json('chat_state', this.handle)
  }
}
