import { HarmonyError } from './error.js'
import { StreamableParser, wireOptions, type ParserState } from './parser.js'
import { opening, type RenderSpec } from './render-options.js'
import { Rendered } from './rendered.js'
import { Policies, type EncodeOptions } from './special.js'
import { Transcript, type TranscriptOptions } from './transcript.js'
import type { Wasm } from './wasm.js'
import type { Conversation, Message, Parsed, ParseOptions, Role, SystemContent, Tokens, ToolNamespaceConfig } from './types.js'

/** How whole conversations are rendered. */
export interface RenderConversationOptions {
  /** Whether the reasoning before the last final answer is left out, as the models expect; by default yes. */
  autoDropAnalysis?: boolean
}

/** The name of the one encoding there is. */
export const HARMONY_GPT_OSS = 'HarmonyGptOss'

/** The error about a name that no encoding has. @internal */
export function unknownEncoding(name: unknown): HarmonyError {
  return new HarmonyError({ code: 'load.unknown_encoding', message: `Unknown encoding: ${String(name)}` })
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The harmony encoding of the gpt-oss models: conversations to tokens and tokens to messages. `loadHarmonyEncoding` makes it.
 *
 * Messages and everything else that is data have the fields of the JSON that Rust and Python write.
 */
export class HarmonyEncoding {
  readonly name = HARMONY_GPT_OSS
  /** @internal */
  readonly wasm: Wasm
  readonly #policies: Policies

  /** @internal */
  constructor(wasm: Wasm) {
    this.wasm = wasm
    this.#policies = new Policies(wasm)
  }

  /**
   * The token ids of a text. A lone surrogate becomes U+FFFD.
   *
   * @throws HarmonyError `encode.disallowed_special` if the text has the text of a special token that is disallowed.
   */
  encode(text: string, options?: EncodeOptions): Uint32Array {
    const policy = this.#policies.handle(options)
    return this.wasm.ids('encode', this.wasm.writeText(text), policy)
  }

  /** How many token ids a text has. Nothing is built; otherwise as `encode`. */
  countTokens(text: string, options?: EncodeOptions): number {
    const policy = this.#policies.handle(options)
    return this.wasm.call('count_tokens', this.wasm.writeText(text), policy)
  }

  /**
   * The text of token ids. Invalid UTF-8 becomes U+FFFD, or with `fatal` an error.
   *
   * @throws HarmonyError `decode.invalid_token` for an id that no token has.
   */
  decode(tokens: Tokens, { fatal = false }: { fatal?: boolean } = {}): string {
    const ids = this.wasm.writeIds(tokens)
    return fatal ? (this.wasm.text('decode_utf8', ids) ?? '') : utf8.decode(this.wasm.bytes('decode_bytes', ids))
  }

  /** The bytes of token ids. */
  decodeBytes(tokens: Tokens): Uint8Array {
    return this.wasm.bytes('decode_bytes', this.wasm.writeIds(tokens))
  }

  /** The texts of all special tokens, in the order of their ids. */
  specialTokens(): string[] {
    return this.wasm.json('special_tokens')
  }

  isSpecialToken(token: number): boolean {
    return this.wasm.call('is_special_token', token) === 1
  }

  /** The ids that end a message: `<|end|>`, `<|return|>` and `<|call|>`. */
  stopTokens(): number[] {
    return [...this.wasm.ids('stop_tokens', 0)]
  }

  /** The ids that end the model's turn, for the sampler's stop list: `<|return|>` and `<|call|>`. */
  stopTokensForAssistantActions(): number[] {
    return [...this.wasm.ids('stop_tokens', 1)]
  }

  /** The content of a system message with the defaults that the models know, and `changes`. */
  systemContent(changes: Partial<Omit<SystemContent, 'type'>> = {}): SystemContent {
    return { ...this.wasm.json<SystemContent>('default_system_content'), ...changes }
  }

  /** A built-in namespace of tools, for the field `tools` of a system message. */
  toolNamespace(name: 'browser' | 'python'): ToolNamespaceConfig {
    return this.wasm.json('tool_namespace', this.wasm.writeText(name))
  }

  /** The tokens of one message. */
  render(message: Message, options: { conversationHasFunctionTools?: boolean } = {}): Uint32Array {
    const hasFunctionTools = Number(options.conversationHasFunctionTools ?? false)
    return this.wasm.ids('render_message', this.wasm.writeJson(message), hasFunctionTools)
  }

  /** The tokens of the messages. */
  renderConversation(conversation: Conversation | Message[], options?: RenderConversationOptions): Uint32Array {
    return this.#render(conversation, 'conversation', options)
  }

  /** The prompt: the messages, then `<|start|>` and the role that speaks next. */
  renderConversationForCompletion(
    conversation: Conversation | Message[],
    nextTurnRole: Role = 'assistant',
    options?: RenderConversationOptions,
  ): Uint32Array {
    return this.#render(conversation, { completion: nextTurnRole }, options)
  }

  /** The tokens of the messages, the last answer ending in `<|return|>`. */
  renderConversationForTraining(conversation: Conversation | Message[], options?: RenderConversationOptions): Uint32Array {
    return this.#render(conversation, 'training', options)
  }

  #render(conversation: Conversation | Message[], ending: unknown, options: RenderConversationOptions = {}): Uint32Array {
    const messages = this.wasm.writeJson(conversation)
    const rest = this.wasm.writeJson({ ending, auto_drop_analysis: options.autoDropAnalysis ?? true }, messages)
    return this.wasm.ids('render_conversation', messages, rest)
  }

  /** Renders with a choice for everything that the format leaves open, and says which token belongs to what. */
  renderWith(conversation: Conversation | Message[], spec: RenderSpec = {}): Rendered {
    const { ending } = spec
    const whole = typeof ending === 'object' ? { ...spec, ending: { completion: opening(ending.completion) } } : spec
    const messages = this.wasm.writeJson(conversation)
    const rest = this.wasm.writeJson(whole, messages)
    return new Rendered(this.wasm, this.wasm.call('render_with', messages, rest))
  }

  /** An empty transcript: a conversation that grows, token for token. */
  transcript(options?: TranscriptOptions): Transcript {
    return Transcript.create(this.wasm, options)
  }

  /** The transcript that `Transcript.toJSON` stored. */
  restoreTranscript(state: unknown): Transcript {
    return new Transcript(this.wasm, this.wasm.call('transcript_restore', this.wasm.writeJson(state)))
  }

  /** The messages in what the model wrote, their places, what ended them, and what was repaired. */
  parse(tokens: Tokens, options?: ParseOptions): Parsed {
    const prompt = options?.prompt ?? []
    const length = this.wasm.writeJson(wireOptions(options))
    this.wasm.writeIds(prompt)
    const all = prompt.length + this.wasm.writeIds(tokens, prompt.length)
    return this.wasm.json('parse', length, prompt.length, all)
  }

  /** The messages in what the model wrote. */
  parseMessagesFromCompletionTokens(tokens: Tokens, role: Role | null = 'assistant', options: { strict?: boolean } = {}): Message[] {
    return this.parse(tokens, { role, ...options }).messages.map(parsed => parsed.message)
  }

  /** An incremental parser. */
  streamableParser(options?: ParseOptions): StreamableParser {
    return StreamableParser.create(this.wasm, options)
  }

  /** The parser that `StreamableParser.toJSON` stored. */
  restoreParser(state: ParserState): StreamableParser {
    return StreamableParser.restore(this.wasm, state)
  }
}
