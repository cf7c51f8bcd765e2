import type { Wasm } from '../wasm.js'
import type { Tokens } from '../types.js'
import type { EngineFinishReason } from './types.js'

/** The log-probability of each token: alone, or with the alternatives as pairs of token id and log-probability. */
export type Logprobs = readonly (number | readonly [number, readonly (readonly [number, number])[]])[]

/** What tokens come with. */
export interface PushOptions {
  /** The choice that they were sampled for, from 0. */
  choice?: number
  logprobs?: Logprobs
}

/** Runs a step of a stream: its name and up to two lengths. @internal */
export type Run<T> = (step: string, a?: number, b?: number) => T

/** The steps of a stream. `T` is what they send: a list of objects, or the bytes of server-sent events. */
export class Steps<T> {
  readonly #wasm: Wasm
  readonly #run: Run<T>

  /** @internal */
  constructor(wasm: Wasm, run: Run<T>) {
    this.#wasm = wasm
    this.#run = run
  }

  /**
   * Sends what comes before all tokens. `cachedTokens` is how many tokens of the prompt the engine had cached. Optional: the first
   * tokens that are pushed start the stream, too.
   */
  start({ cachedTokens = -1 }: { cachedTokens?: number } = {}): T {
    return this.#run('start', cachedTokens)
  }

  /** Takes the tokens that were sampled, one or many, and sends what they add. */
  push(tokens: Tokens, options?: PushOptions): T {
    const length = options ? this.#wasm.writeJson(options) : 0
    return this.#run('push', length, this.#wasm.writeIds(tokens))
  }

  /** Ends a choice. `reason` is why the engine stopped, `null` if it does not say. */
  finish(reason: EngineFinishReason | null = null, options: { choice?: number } = {}): T {
    return this.#run('finish', this.#wasm.writeJson({ reason, ...options }))
  }

  /** Ends the stream because the engine broke. Nothing comes after it. */
  fail(message: string, options: { code?: string; param?: string } = {}): T {
    return this.#run('fail', this.#wasm.writeJson({ message, code: 'server_error', ...options }))
  }
}
