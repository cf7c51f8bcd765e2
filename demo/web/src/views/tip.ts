/** The card that says everything about one token. */
import { byId, element } from '../dom.js'
import type { Reading } from '../reading/reading.js'
import { hex, piecesOf, toRows, type Row, type ShownPiece } from './flow.js'
import { authorOf } from './tone.js'

/** What a card says, by its labels. */
export function aboutToken(reading: Reading, position: number): [label: string, value: string][] {
  const found = pieceAt(reading, position)
  if (!found) return []
  const { piece, row } = found
  const ids = piece.bytes.map((_, index) => reading.tokens[piece.first + index]!)
  const message = reading.lenient.messages[row.message]?.message
  const isOne = ids.length === 1
  return [
    [isOne ? 'Token' : 'Tokens', JSON.stringify(piece.text).slice(1, -1).replaceAll('\\"', '"')],
    [isOne ? 'Id' : 'Ids', ids.join(', ')],
    ['Bytes', piece.bytes.map(hex).join(' | ')],
    ['Position', isOne ? `${piece.first}` : `${piece.first} to ${piece.first + ids.length - 1}: one character, cut between tokens`],
    ['Part', partName(piece)],
    ...(piece.special && MEANINGS[piece.text] ? [['Meaning', MEANINGS[piece.text]!] as [string, string]] : []),
    [
      'Message',
      message
        ? `${row.message + 1}, ${authorOf(message)}${message.channel ? ` on ${message.channel}` : ''}`
        : 'none yet: the header is open',
    ],
  ]
}

/** What the special tokens of the format say. */
const MEANINGS: Record<string, string> = {
  '<|start|>': 'A message begins. Its header comes first: who writes it, to whom, on which channel',
  '<|channel|>': 'The name of the channel comes next',
  '<|constrain|>': 'The form of the content comes next, as json',
  '<|message|>': 'The header is complete, the content comes next',
  '<|end|>': 'The message is complete, and the turn goes on',
  '<|call|>': 'The message is complete, and its recipient is called: sampling stops until it has answered',
  '<|return|>': 'The message is complete, and so is the answer: sampling stops',
}

function partName(piece: ShownPiece): string {
  if (piece.part === 'dropped') return 'dropped by a repair'
  if (piece.part !== 'header') return piece.part
  return piece.field === null ? 'header' : piece.field === 'marker' ? 'header, a marker' : `header, the ${piece.field}`
}

const cache = new WeakMap<Reading, Row[]>()

export function pieceAt(reading: Reading, position: number): { piece: ShownPiece; row: Row } | null {
  const rows = cache.get(reading) ?? toRows(reading)
  cache.set(reading, rows)
  const row = rows.find(candidate => position < candidate.end)
  const piece = row && piecesOf(reading, row).findLast(candidate => candidate.first <= position)
  return row && piece ? { piece, row } : null
}

export function showTip(reading: Reading, position: number, at: Element): void {
  const tip = byId('tip')
  const lines = aboutToken(reading, position)
  const title = lines.shift()
  tip.replaceChildren(
    element('strong', {}, visibleSpaces(title?.[1] ?? '') || '(nothing)'),
    element('dl', {}, ...lines.flatMap(([label, value]) => [element('dt', {}, label), element('dd', {}, value)])),
  )
  tip.hidden = false
  const box = at.getClientRects()[0] ?? at.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = tip
  const below = box.bottom + 8
  const fits = below + height < innerHeight
  tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`
  tip.style.top = `${fits ? below : Math.max(8, box.top - height - 8)}px`
}

/** Spaces at the ends of a token are part of it, and would not be seen. */
function visibleSpaces(text: string): string {
  return text.replace(/^ +| +$/g, spaces => '␣'.repeat(spaces.length))
}

export function hideTip(): void {
  byId('tip').hidden = true
}
