/** A prompt and what a server samples after it, as text to read. */
import type { HarmonyEncoding } from '../library.js'
import type { Reading } from '../reading/reading.js'
import type { Piece } from './completions.js'

/** The prompt that an input is; of what a model wrote, the prompt is not known, and a question is asked instead. */
export function promptOf({ encoding, tokens, isCompletion }: Reading, question: string): Uint32Array {
  if (!isCompletion) return tokens
  return encoding.renderConversationForCompletion([
    { role: 'system', content: [encoding.systemContent({})] },
    { role: 'user', content: question },
  ])
}

/** All that there is so far: what the model read and what it wrote. */
export class Conversation {
  readonly #encoding: HarmonyEncoding
  readonly #tokens: number[]
  #text = ''

  constructor(encoding: HarmonyEncoding, prompt: Uint32Array) {
    this.#encoding = encoding
    this.#tokens = Array.from(prompt)
  }

  /** Adds what was sampled. */
  add(piece: Piece): void {
    if (typeof piece === 'string') this.#text += piece
    else this.#tokens.push(...piece)
  }

  /** Whether the server sent text without any special token. */
  get lacksSpecialTokens(): boolean {
    return this.#text !== '' && !this.#text.includes('<|')
  }

  /** As text if that has the same tokens, as ids otherwise: a user may write `<|end|>`, and a model may choose unusual tokens. */
  get input(): string {
    const text = this.#encoding.decode(this.#tokens)
    const tokens = this.#encoding.encode(text, { allowedSpecial: 'all' })
    const isSame = tokens.length === this.#tokens.length && tokens.every((token, index) => token === this.#tokens[index])
    if (isSame) return text + this.#text
    return [...this.#tokens, ...this.#encoding.encode(this.#text, { allowedSpecial: 'all' })].join(' ')
  }
}
