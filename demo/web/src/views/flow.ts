/** Tokens as coloured text, in rows: one for each message. Rows far from view have no elements. */
import { element } from '../dom.js'
import { bytesOf, isContinuation, toPieces, type Piece } from '../reading/characters.js'
import { headerFields, partOf, type Field, type Part } from '../reading/labels.js'
import type { Reading } from '../reading/reading.js'
import type { TokenForm } from '../state.js'
import { HEADER, toneOf, type Tone } from './tone.js'

/** Tokens that are shown together. */
export interface Row {
  first: number
  end: number
  /** The index of the message; -1 for tokens of none. */
  message: number
  tone: Tone
  /** Whether it continues the row before. */
  continues: boolean
}

/** Tokens in a row, at most: what a browser lays out in a few milliseconds. */
const ROW_LENGTH = 400

/** The rows of the tokens from `from` to `end`. */
export function toRows(reading: Reading, from = 0, end = reading.tokens.length): Row[] {
  const { labels, lenient, tokens, encoding } = reading
  const rows: Row[] = []
  for (let position = from; position < end; position += 1) {
    const message = ownerAt(reading, position)
    const row = rows.at(-1)
    const isSame = row !== undefined && row.message === message
    const isFull = isSame && position - row.first >= ROW_LENGTH
    if (isSame && (!isFull || isContinuation(bytesOf(encoding, tokens[position]!)))) {
      row.end = position + 1
      continue
    }
    const owner = lenient.messages[message]?.message
    rows.push({ first: position, end: position + 1, message, tone: owner ? toneOf(owner) : HEADER, continues: isSame })
  }
  return rows

  /** Dropped tokens are shown with the message that follows or contains them. */
  function ownerAt({ tokens: all }: Reading, position: number): number {
    for (let at = position; at < Math.min(all.length, position + 64); at += 1) {
      if (labels.messages[at] !== -1) return partOf(labels, at) === 'header' || at === position ? labels.messages[at]! : previous(position)
    }
    return previous(position)
  }

  function previous(position: number): number {
    return partOf(labels, position) === 'header' ? -1 : (rows.at(-1)?.message ?? -1)
  }
}

/** What is known about the tokens of a row. */
export interface ShownPiece extends Piece {
  part: Part
  field: Field | null
  special: boolean
}

export function piecesOf(reading: Reading, row: Row): ShownPiece[] {
  const { tokens, encoding, labels, role } = reading
  const pieces = toPieces(tokens, row.first, row.end, token => bytesOf(encoding, token))
  const header = pieces.filter(piece => partOf(labels, piece.first) === 'header')
  const fields = headerFields(
    header.map(piece => piece.text),
    role === null,
  )
  const fieldOf = new Map(header.map((piece, index) => [piece.first, fields[index] ?? null]))
  return pieces.map(piece => ({
    ...piece,
    part: partOf(labels, piece.first),
    field: fieldOf.get(piece.first) ?? null,
    special: encoding.isSpecialToken(tokens[piece.first]!),
  }))
}

export interface FlowOptions {
  form: TokenForm
  /** Marks that come before the tokens at these positions. */
  marks?: Map<number, Node[]>
  /** Classes of tokens. */
  classOf?: (position: number) => string | undefined
  label: string
  /** The tokens to show; all of them by default. */
  from?: number
  end?: number
}

/** The flow of all tokens. Elements of tokens have `data-token`, rows `data-message`. */
export function tokenFlow(reading: Reading, options: FlowOptions): HTMLElement {
  const rows = toRows(reading, options.from, options.end)
  const flow = element('div', { class: `flow ${options.form}`, tabindex: 0, role: 'group', 'aria-label': options.label })
  const rowOf = new WeakMap<Element, Row>()
  const observer = new IntersectionObserver(
    entries => {
      for (const entry of entries) {
        const holder = entry.target as HTMLElement
        const row = rowOf.get(holder)
        if (row && entry.isIntersecting) fillRow(holder, reading, row, options)
        else if (row && holder.childElementCount > 0 && rows.length > 40) emptyRow(holder)
      }
    },
    { root: flow, rootMargin: '1200px 0px' },
  )
  rows.forEach((row, index) => {
    const holder = element('div', { class: 'tokens' })
    const gutter = element('span', { class: 'gutter', title: row.tone.label }, row.continues ? '' : row.tone.letter)
    flow.append(
      element('div', { class: `row ${row.tone.name}${row.continues ? ' continues' : ''}`, 'data-message': row.message }, gutter, holder),
    )
    rowOf.set(holder, row)
    if (index < 12) fillRow(holder, reading, row, options)
    else holder.style.minHeight = `${Math.ceil((row.end - row.first) / 14) * 1.9}em`
    if (rows.length > 12) observer.observe(holder)
  })
  // On paper everything is in view.
  flow.addEventListener('fill', () => {
    for (const holder of flow.querySelectorAll<HTMLElement>('.tokens')) {
      const row = rowOf.get(holder)
      if (row) fillRow(holder, reading, row, options)
    }
  })
  return flow
}

function emptyRow(holder: HTMLElement): void {
  holder.style.minHeight = `${holder.offsetHeight}px`
  holder.replaceChildren()
}

function fillRow(holder: HTMLElement, reading: Reading, row: Row, options: FlowOptions): void {
  if (holder.childElementCount > 0) return
  holder.style.minHeight = ''
  if (row.first === 0 && reading.role !== null) holder.append(ghost())
  for (const piece of piecesOf(reading, row)) {
    const marks = options.marks?.get(piece.first)
    if (marks) holder.append(...marks)
    holder.append(tokenElement(reading, piece, options))
    if (piece.special) holder.append(document.createElement('wbr'))
  }
  const marks = row.end === reading.tokens.length && options.marks?.get(row.end)
  if (marks) holder.append(...marks)
}

/** The header that the prompt began and the tokens continue. */
function ghost(): HTMLElement {
  return element('span', { class: 'ghost', title: 'The prompt ended in these two tokens' }, '<|start|>assistant')
}

function tokenElement(reading: Reading, piece: ShownPiece, { form, classOf }: FlowOptions): HTMLElement {
  const classes = ['token', piece.part, piece.special && 'special', piece.first % 2 === 1 && 'odd', classOf?.(piece.first)]
  const shown = element('span', { class: classes.filter(Boolean).join(' '), 'data-token': piece.first })
  const ids = piece.bytes.map((_, index) => reading.tokens[piece.first + index]!)
  if (form === 'ids') shown.textContent = ids.join(' ')
  else if (form === 'bytes') shown.textContent = piece.bytes.map(hex).join(' ')
  else shown.append(...visible(piece.text))
  return shown
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')
}

/** Text with its line breaks and tabs visible. */
function visible(text: string): Node[] {
  return text
    .split(/([\n\r\t])/)
    .filter(part => part !== '')
    .map(part => {
      if (part === '\n') return element('span', { class: 'sign' }, '↵\n')
      if (part === '\r') return element('span', { class: 'sign' }, '␍')
      if (part === '\t') return element('span', { class: 'sign' }, '⇥\t')
      return document.createTextNode(part)
    })
}
