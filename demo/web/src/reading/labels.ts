/** Which message and which part of it each token belongs to. */
import type { Parsed } from '../library.js'

export const PARTS = ['dropped', 'header', 'content', 'ending'] as const
export type Part = (typeof PARTS)[number]

export interface Labels {
  /** The index of the message; -1 for tokens of none, as those of an open header. */
  messages: Int32Array
  /** Indices in {@link PARTS}. */
  parts: Uint8Array
}

export function partOf(labels: Labels, position: number): Part {
  return PARTS[labels.parts[position]!]!
}

export function labelTokens(length: number, parsed: Parsed): Labels {
  const messages = new Int32Array(length).fill(-1)
  const parts = new Uint8Array(length)
  const header = PARTS.indexOf('header')
  parsed.messages.forEach((message, index) => {
    for (const { start, end } of message.header) {
      messages.fill(index, start, end)
      parts.fill(header, start, end)
    }
    for (const { start, end } of message.content) {
      messages.fill(index, start, end)
      parts.fill(PARTS.indexOf('content'), start, end)
    }
    const last = message.content.at(-1)
    if (last && message.ending && ENDED_BY_TOKEN.has(message.ending)) parts[last.end - 1] = PARTS.indexOf('ending')
  })
  for (const { start, end } of parsed.open_header) parts.fill(header, start, end)
  return { messages, parts }
}

const ENDED_BY_TOKEN = new Set<string>(['end', 'return', 'call', 'end_of_text'])

/** A field of a header. */
export type Field = 'role' | 'channel' | 'recipient' | 'content type' | 'marker'

/** The field that each token of a header belongs to, by the words before it. For showing only: the parser decides. */
export function headerFields(texts: string[], startsWithRole: boolean): (Field | null)[] {
  let expected: Field | null = startsWithRole ? 'role' : null
  let current: Field | null = null
  return texts.map(text => {
    const marker = MARKERS[text]
    if (marker !== undefined) {
      expected = marker
      current = null
      return 'marker'
    }
    if (current === null || /^\s/.test(text)) {
      if (/^\s*to\b/.test(text)) current = 'recipient'
      else if (text.trim() === '') return null
      else current = expected
      expected = current === 'recipient' ? 'content type' : current === 'role' || current === 'channel' ? 'recipient' : 'content type'
    }
    return current
  })
}

const MARKERS: Record<string, Field | null> = {
  '<|start|>': 'role',
  '<|channel|>': 'channel',
  '<|constrain|>': 'content type',
  '<|message|>': null,
}
