import { opening, type OpenMessage, type RenderFormat, type ResponseFormat } from './render-options.js'
import { Rendered } from './rendered.js'
import { Resource } from './resource.js'
import type { Wasm } from './wasm.js'
import type { Conversation, Message, Tokens } from './types.js'

/** How a transcript is written. */
export interface TranscriptOptions {
  format?: RenderFormat
  /** What the first message with developer content will hold. */
  responseFormats?: ResponseFormat[]
}

/**
 * A conversation and its exact tokens.
 *
 * Messages are appended as they come, completions as the ids that were sampled. Every prompt begins with the one before and what was
 * sampled after it, so that a server's prefix cache stays valid; `staleFrom` says where the format asked for a change.
 */
export class Transcript extends Resource {
  /** @internal */
  constructor(wasm: Wasm, handle: number) {
    super(wasm, handle, 'transcript_free')
  }

  /** @internal */
  static create(wasm: Wasm, { format = {}, responseFormats = [] }: TranscriptOptions = {}): Transcript {
    const options = wasm.writeJson({ format, response_formats: responseFormats })
    return new Transcript(wasm, wasm.call('transcript_new', options))
  }

  /** Appends messages that were not sampled here: of the user, of a tool, of an earlier conversation. */
  append(...messages: Message[]): void {
    this.extend(messages)
  }

  /** Appends messages that were not sampled here; if one of them cannot be rendered, none is appended. */
  extend(conversation: Conversation | Message[]): void {
    this.wasm.call('transcript_extend', this.handle, this.wasm.writeJson(conversation))
  }

  /** The tokens so far and the beginning of a message, by default `<|start|>assistant`. */
  prompt(openMessage?: OpenMessage): Uint32Array {
    return this.wasm.ids('transcript_prompt', this.handle, this.wasm.writeJson(opening(openMessage)))
  }

  /**
   * Appends what a model sampled after the last prompt: the ids exactly as they came, with or without the stop token. Returns the
   * messages that they make.
   */
  appendCompletion(sampled: Tokens): Message[] {
    return this.wasm.json('transcript_append_completion', this.handle, this.wasm.writeIds(sampled))
  }

  /** All messages, those included that are left out of the tokens. */
  get messages(): Message[] {
    return this.wasm.json('transcript_messages', this.handle)
  }

  /** How many messages there are. */
  get length(): number {
    return this.wasm.call('transcript_length', this.handle)
  }

  /** The tokens of the messages, without the beginning of one that the last prompt added. */
  get tokens(): Uint32Array {
    return this.wasm.ids('transcript_tokens', this.handle)
  }

  /** Index of the first token that invalidates a cached prefix; `null` if all of it stays valid. */
  get staleFrom(): number | null {
    const index = this.wasm.call('transcript_stale_from', this.handle)
    return index < 0 ? null : index
  }

  /** Tokens and spans; with `asSampled`, turns end in the `<|return|>` that the model wrote. */
  rendered({ asSampled = false } = {}): Rendered {
    return new Rendered(this.wasm, this.wasm.call('transcript_rendered', this.handle, Number(asSampled)))
  }

  /** A transcript that goes its own way from here. */
  clone(): Transcript {
    return new Transcript(this.wasm, this.wasm.call('transcript_clone', this.handle))
  }

  /** The whole state as JSON, for `HarmonyEncoding.restoreTranscript`. */
  toJSON(): unknown {
    return this.wasm.json('transcript_state', this.handle)
  }
}
