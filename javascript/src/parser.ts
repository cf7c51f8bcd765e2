import { Resource } from './resource.js'
import { tokenId, type Wasm } from './wasm.js'
import type { Message, Parsed, ParseOptions, Repair, Role, StreamEvent, Tokens } from './types.js'

/** Where in the format a parser is: between messages, in a header, or in the content of a message. */
export type StreamState = 'ExpectStart' | 'Header' | 'Content'

const STATES: readonly StreamState[] = ['ExpectStart', 'Header', 'Content']

/** What the modules take. @internal */
export function wireOptions(options: ParseOptions = {}): { role: Role | null; strict: boolean } {
  const { role = 'assistant', strict = true } = options
  return { role, strict }
}

/** A parser of text and nothing else, as the small module has it. */
export class TextParser extends Resource {
  /** The last code unit of the stream, where it is the first half of a character whose second half has not come. */
  #half = ''

  /** @internal */
  constructor(wasm: Wasm, handle: number, half = '') {
    super(wasm, handle, 'parser_free')
    this.#half = half
  }

  /** @internal */
  static create(wasm: Wasm, options?: ParseOptions): TextParser {
    if (options?.prompt) {
      throw new TypeError('a prompt is tokens, so a parser of text cannot continue it')
    }
    return new TextParser(wasm, wasm.call('parser_new', wasm.writeJson(wireOptions(options))))
  }

  /**
   * Processes text in which special tokens are written out, for engines that return text. Returns what happened.
   *
   * It may be cut anywhere: what may be the start of a special token at the end of a chunk is held back. Positions count UTF-16
   * code units.
   *
   * @throws HarmonyError in strict mode at the first text that does not fit; its `events` are what happened before.
   */
  processText(chunk: string): StreamEvent[] {
    let text = this.#half + chunk
    this.#half = ''
    const last = text.charCodeAt(text.length - 1)
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#half = text.slice(-1)
      text = text.slice(0, -1)
    }
    return this.wasm.events('parser_process_text', this.handle, this.wasm.writeText(text))
  }

  /** Ends the stream, and with it an open message. Returns what happened. */
  finish(): StreamEvent[] {
    const events: StreamEvent[] = []
    if (this.#half) {
      const half = this.#half
      this.#half = ''
      events.push(...this.wasm.events('parser_process_text', this.handle, this.wasm.writeText(half)))
    }
    events.push(...this.wasm.events('parser_finish', this.handle))
    return events
  }

  /** The complete messages, as new objects each time. */
  get messages(): Message[] {
    return this.wasm.json('parser_messages', this.handle)
  }

  /** How many messages are complete. */
  get messageCount(): number {
    return this.wasm.call('parser_message_count', this.handle)
  }

  /** Everything that is known so far: messages (an open one among them), their places, the repairs, usage. */
  get parsed(): Parsed {
    return this.wasm.json('parser_parsed', this.handle)
  }

  /** What lenient parsing has repaired and strict parsing has refused so far. */
  get repairs(): Repair[] {
    return this.wasm.json('parser_repairs', this.handle)
  }

  /** The role of the open message or header; `null` between messages. */
  get currentRole(): Role | null {
    return this.wasm.text('parser_role', this.handle) as Role | null
  }

  /** The channel of the open message. */
  get currentChannel(): string | null {
    return this.wasm.text('parser_channel', this.handle)
  }

  /** The recipient of the open message. */
  get currentRecipient(): string | null {
    return this.wasm.text('parser_recipient', this.handle)
  }

  /** The content type of the open message. */
  get currentContentType(): string | null {
    return this.wasm.text('parser_content_type', this.handle)
  }

  /** The text of the open message so far. */
  get currentContent(): string {
    return this.wasm.text('parser_content', this.handle) ?? ''
  }

  /** The text that the last token, or the last chunk of text, added; `null` if it added none. */
  get lastContentDelta(): string | null {
    return this.wasm.text('parser_delta', this.handle)
  }

  get state(): StreamState {
    return STATES[this.wasm.call('parser_stage', this.handle)]!
  }

  /**
   * Takes the complete messages out of the parser, and drops everything that was kept for them, so that its memory does not grow
   * with the stream. Positions and the indices of messages keep counting from the start of the stream.
   */
  takeMessages(): Message[] {
    return this.wasm.json('parser_take_messages', this.handle)
  }

  /** Starts again, with the options that the parser was made with. */
  reset(): void {
    this.#half = ''
    this.wasm.call('parser_reset', this.handle)
  }

  /** Another parser in the same state. */
  clone(): this {
    const handle = this.wasm.call('parser_clone', this.handle)
    const Class = this.constructor as new (wasm: Wasm, handle: number, half: string) => this
    return new Class(this.wasm, handle, this.#half)
  }

  /** The whole state as JSON, to be continued by the same version of the library in another process. */
  toJSON(): ParserState {
    return { half: this.#half, parser: this.wasm.json('parser_state', this.handle) }
  }
}

/** The stored form of a parser. */
export interface ParserState {
  half: string
  parser: unknown
}

/**
 * An incremental parser: it takes tokens as they are sampled, one or many at a time, or text, and gives messages, deltas and events.
 *
 * The cost of a token does not depend on how many came before. After an error the parser continues at the next `<|start|>`.
 */
export class StreamableParser extends TextParser {
  /** @internal */
  static override create(wasm: Wasm, options?: ParseOptions): StreamableParser {
    const { prompt } = options ?? {}
    const length = wasm.writeJson(wireOptions(options))
    const handle = prompt ? wasm.call('parser_from_prompt', length, wasm.writeIds(prompt)) : wasm.call('parser_new', length)
    return new StreamableParser(wasm, handle)
  }

  /** @internal */
  static restore(wasm: Wasm, state: ParserState): StreamableParser {
    return new StreamableParser(wasm, wasm.call('parser_restore', wasm.writeJson(state.parser)), state.half)
  }

  /** Processes one token, without events: read what has changed from the properties. */
  process(token: number): this {
    this.wasm.call('parser_process', this.handle, tokenId(token))
    return this
  }

  /**
   * Processes any number of tokens. Returns what happened; how the stream is cut does not matter.
   *
   * @throws HarmonyError in strict mode at the first token that does not fit; its `events` are what happened before.
   */
  processMany(tokens: Tokens): StreamEvent[] {
    return this.wasm.events('parser_process_many', this.handle, this.wasm.writeIds(tokens))
  }

  /** The tokens that were processed, except those that `takeMessages` dropped. */
  get tokens(): Uint32Array {
    return this.wasm.ids('parser_tokens', this.handle)
  }

  /** The tokens of the open header or message; empty between messages. */
  get openTokens(): Uint32Array {
    return this.wasm.ids('parser_open_tokens', this.handle)
  }
}
