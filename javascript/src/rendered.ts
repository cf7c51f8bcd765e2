import { Resource } from './resource.js'
import type { Wasm } from './wasm.js'
import type { Channel, Role } from './types.js'

/** A part of a rendered message: `<|start|>` to `<|message|>`, what it says, the stop token. */
export type Part = 'header' | 'content' | 'ending'

/** The tokens of one part of one message; never empty. */
export interface Span {
  /** The index of the message in the conversation. */
  message: number
  part: Part
  start: number
  end: number
}

/** A choice of tokens by what they belong to. A token is chosen if all criteria that are given hold. */
export interface TokenSelection {
  roles?: Role[]
  /** `null` in the list means a message without a channel. */
  channels?: (Channel | null)[]
  /** The indices of the messages. */
  messages?: number[]
  parts?: Part[]
  /** Whether only tokens count that a model sampled or, in a conversation rendered from messages, would have. */
  sampled_only?: boolean
}

/** Tokens, and to which part of which message each of them belongs. */
export class Rendered extends Resource {
  /** The token ids. */
  readonly tokens: Uint32Array

  /** @internal */
  constructor(wasm: Wasm, handle: number) {
    super(wasm, handle, 'rendered_free')
    this.tokens = wasm.ids('rendered_tokens', handle)
  }

  /** The parts that have tokens, in the order of the tokens and without gaps. */
  get spans(): Span[] {
    return this.wasm.json('rendered_spans', this.handle)
  }

  /** The indices of the messages that the format left out, such as the analysis of earlier turns. */
  get leftOut(): number[] {
    return this.wasm.json('rendered_left_out', this.handle)
  }

  /** For each token 1 if it is chosen, else 0. */
  mask(selection: TokenSelection = {}): Uint8Array {
    return this.wasm.bytes('rendered_mask', this.handle, this.wasm.writeJson(selection))
  }

  /** The mask for supervised training: contents and endings of the assistant's messages. */
  lossMask(): Uint8Array {
    return this.wasm.bytes('rendered_loss_mask', this.handle)
  }

  /** Tokens and spans as JSON, as Rust and Python write them. */
  toJSON(): unknown {
    return this.wasm.json('rendered_state', this.handle)
  }
}
