/** A stream, token by token or character by character: what the parser reports after each of them. */
import type { StreamEvent } from '../library.js'
import { bytesOf, textOf } from './characters.js'
import type { Reading } from './reading.js'

/** What engines send: token ids, or text in which special tokens are written out. */
export const UNITS = ['token', 'character'] as const
export type Unit = (typeof UNITS)[number]

/** An event and the number of units after which it came. */
export interface Moment {
  after: number
  event: StreamEvent
}

/**
 * The events of a reading with their places. Events are never taken back, so the messages after any number of units
 * follow from those events alone: going back needs no earlier parser. They are computed as far as somebody has looked.
 */
export class Playback implements Disposable {
  readonly moments: Moment[] = []
  readonly length: number
  readonly #characters: string[] | null
  /** Where each character ends and where each token ends, in bytes. */
  readonly #characterEnds: Uint32Array
  readonly #tokenEnds: Uint32Array
  #parser
  #done = 0
  #finished = false

  constructor(
    private readonly reading: Reading,
    unit: Unit,
    /** Whether nothing comes after it, so that its end ends an open message too. */
    private readonly isWhole = reading.isCompletion,
  ) {
    const { encoding, role, tokens } = reading
    this.#parser = encoding.streamableParser({ role, strict: false })
    const bytes = unit === 'character' ? Array.from(tokens, token => bytesOf(encoding, token)) : null
    this.#characters = bytes && [...textOf(bytes)]
    this.#characterEnds = ends(this.#characters ?? [], utf8Length)
    this.#tokenEnds = ends(bytes ?? [], ({ length }) => length)
    this.length = (this.#characters ?? tokens).length
  }

  /** The number of events after that many units; at the end of a completion, those of the end too. */
  eventsAfter(units: number): number {
    this.#advance(units)
    return countUpTo(this.moments, units, ({ after }) => after)
  }

  /** How many tokens are complete after that many units, and the text of the next one so far. */
  shownAfter(units: number): { tokens: number; rest: string } {
    const characters = this.#characters
    if (!characters || units === this.length) return { tokens: characters ? this.reading.tokens.length : units, rest: '' }
    const tokens = countUpTo(this.#tokenEnds, this.#characterEnds[units - 1] ?? 0, end => end)
    const first = countUpTo(this.#characterEnds, this.#tokenEnds[tokens - 1] ?? 0, end => end)
    return { tokens, rest: characters.slice(first, units).join('') }
  }

  #advance(units: number): void {
    for (; this.#done < units; this.#done += 1) this.#record(this.#feed(this.#done), this.#done + 1)
    if (this.#done === this.length && this.isWhole && !this.#finished) {
      this.#finished = true
      this.#record(this.#parser.finish(), this.length)
    }
  }

  #feed(position: number): StreamEvent[] {
    if (this.#characters) return this.#parser.processText(this.#characters[position]!)
    return this.#parser.processMany(this.reading.tokens.subarray(position, position + 1))
  }

  #record(events: StreamEvent[], after: number): void {
    for (const event of events) this.moments.push({ after, event })
  }

  [Symbol.dispose](): void {
    this.#parser[Symbol.dispose]()
  }
}

function ends<T>(parts: T[], length: (part: T) => number): Uint32Array {
  let end = 0
  return Uint32Array.from(parts, part => (end += length(part)))
}

function utf8Length(character: string): number {
  const code = character.codePointAt(0)!
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
}

/** How many of the ascending values are not above the limit. */
function countUpTo<T>(values: ArrayLike<T>, limit: number, valueOf: (value: T) => number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (valueOf(values[middle]!) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/** A message in the middle of a stream. */
export interface Draft {
  index: number
  role: string
  name: string | null
  channel: string | null
  recipient: string | null
  content_type: string | null
  text: string
  ending: string | null
}

/** The messages that the first `events` moments make, from the message `from` on. */
export function drafts(moments: Moment[], events: number): Draft[] {
  const found: Draft[] = []
  for (let at = 0; at < events; at += 1) {
    const { event } = moments[at]!
    if (event.type === 'message_started') found[event.index] = { ...event, text: '', ending: null }
    else if (event.type === 'content_delta') found[event.index]!.text += event.text
    else if (event.type === 'message_ended') found[event.index]!.ending = event.ending
  }
  return found
}
