/** Messages as cards. */
import { count, element } from '../dom.js'
import type { ParsedMessage } from '../library.js'
import { authorOf, textOf, toneOf } from './tone.js'

/** What a card shows of a message, whole or still being written. */
export interface Card {
  index: number
  role: string
  name?: string | null
  channel?: string | null
  recipient?: string | null
  content_type?: string | null
  text: string
  ending: string | null
  tokens?: number
}

export function toCard({ message, ending, header, content }: ParsedMessage, index: number): Card {
  const tokens = [...header, ...content].reduce((sum, range) => sum + range.end - range.start, 0)
  return { ...message, index, text: textOf(message), ending: ending ?? null, tokens }
}

const ENDINGS: Record<string, string> = {
  end: 'ended by <|end|>',
  return: 'ended by <|return|>',
  call: 'ended by <|call|>',
  end_of_text: 'ended by <|endoftext|>',
  end_of_stream: 'ended by the end of the stream',
  next_message: 'ended by the next message',
}

/** Longer texts are cut, with a way to see the rest. */
const CUT = 4000

export function messageCard(card: Card): HTMLElement {
  const tone = toneOf(card)
  const type = card.content_type?.replace('<|constrain|>', '')
  return element(
    'article',
    { class: `card ${tone.name}`, 'data-message': card.index, 'aria-label': `Message ${card.index + 1}, ${tone.label}` },
    element(
      'header',
      {},
      element('span', { class: 'gutter', 'aria-hidden': 'true' }, tone.letter),
      element('b', {}, authorOf(card)),
      card.recipient ? element('span', { class: 'recipient' }, '→ ', element('code', {}, card.recipient)) : null,
      element('span', { class: 'channel' }, card.channel ?? (card.role === 'assistant' ? 'no channel' : ''), type ? ` · ${type}` : ''),
    ),
    body(card),
    element(
      'footer',
      {},
      [
        card.tokens === undefined ? '' : count(card.tokens, 'token'),
        card.ending === null ? 'still open' : (ENDINGS[card.ending] ?? card.ending),
      ]
        .filter(Boolean)
        .join(' · '),
    ),
  )
}

function body(card: Card): HTMLElement {
  const arguments_ = card.recipient || card.content_type ? prettyJson(card.text) : null
  const shown = arguments_ ?? card.text
  const holder = element(arguments_ === null ? 'p' : 'pre', { class: arguments_ === null ? 'text raw' : 'text' })
  if (shown === '') {
    holder.append(element('em', {}, 'No text'))
    return holder
  }
  holder.textContent = shown.slice(0, CUT)
  if (shown.length > CUT) {
    const more = element(
      'button',
      { type: 'button', class: 'quiet' },
      `Show ${count(shown.length - CUT, 'more character', 'more characters')}`,
    )
    more.onclick = () => {
      holder.textContent = shown
    }
    holder.append(element('span', {}, '… '), more)
  }
  return holder
}

/** Arguments of so many characters stay on one line. */
const LINE = 44

function prettyJson(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ')
    return line.length <= LINE ? line : JSON.stringify(value, null, 2)
  } catch {
    return null
  }
}

/** At most this many cards at a time. */
const CARDS = 100

/** All cards, with a way to see more where there are many. */
export function cardList(cards: Card[]): HTMLElement {
  const list = element('div', { class: 'cards', tabindex: 0, role: 'group', 'aria-label': 'Messages' })
  let shown = 0
  const more = element('button', { type: 'button', class: 'quiet more', onclick: show })
  function show(): void {
    const next = cards.slice(shown, shown + CARDS)
    shown += next.length
    more.before(...next.map(messageCard))
    const rest = cards.length - shown
    more.textContent = `Show ${Math.min(rest, CARDS)} of ${count(rest, 'more message', 'more messages')}`
    more.hidden = rest === 0
  }
  list.append(more)
  show()
  return list
}
