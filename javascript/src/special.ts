import type { Wasm } from './wasm.js'

/** Some or all special tokens, by their texts. */
export type SpecialTokens = 'all' | Iterable<string>

/** What becomes of the text of special tokens in a text to encode. */
export interface EncodeOptions {
  /** Their text becomes the special token. By default none. */
  allowedSpecial?: SpecialTokens
  /** Their text is an error; by default all that are not allowed. The text of any other is ordinary text. */
  disallowedSpecial?: SpecialTokens
}

function list(tokens: SpecialTokens): 'all' | string[] {
  if (typeof tokens !== 'string') return [...tokens].sort()
  if (tokens === 'all') return tokens
  throw new TypeError(`special tokens are 'all' or a list of their texts, not ${JSON.stringify(tokens)}`)
}

/** The policies that a module holds, by what they are made of. @internal */
export class Policies {
  readonly #wasm: Wasm
  readonly #handles = new Map<string, number>()
  #generation = 0
  #default = 0

  constructor(wasm: Wasm) {
    this.#wasm = wasm
  }

  /** The handle of a policy. */
  handle(options: EncodeOptions | undefined): number {
    if (this.#generation !== this.#wasm.generation) {
      this.#handles.clear()
      this.#generation = this.#wasm.generation
      this.#default = this.#make({})
    }
    return options ? this.#make(options) : this.#default
  }

  #make({ allowedSpecial = [], disallowedSpecial = 'all' }: EncodeOptions): number {
    const policy = { allowed: list(allowedSpecial), disallowed: list(disallowedSpecial) }
    const key = JSON.stringify(policy)
    let handle = this.#handles.get(key)
    if (handle === undefined) {
      if (this.#handles.size > 64) this.#clear()
      handle = this.#wasm.call('policy_new', this.#wasm.writeJson(policy))
      this.#handles.set(key, handle)
    }
    return handle
  }

  /** A program that makes up policies all the time does not fill the memory. */
  #clear(): void {
    for (const [key, handle] of this.#handles) {
      if (handle === this.#default) continue
      this.#handles.delete(key)
      this.#wasm.free('policy_free', handle, this.#generation)
    }
  }
}
