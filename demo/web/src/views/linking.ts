/** Pointer and keyboard on tokens and cards, and the marks that follow them in all views. */
import { announce } from '../dom.js'
import type { Reading } from '../reading/reading.js'
import type { Focus, Focused } from './focus.js'
import { aboutToken, hideTip, pieceAt, showTip } from './tip.js'
import { textOf } from './tone.js'

/** Makes the tokens and cards inside `view` set the focus and show it. */
export function link(view: HTMLElement, reading: Reading, focused: Focused, until: AbortSignal): void {
  const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void) =>
    view.addEventListener(type, listener, { signal: until })
  on('pointerover', event => pointTo(event.target as Element))
  on('click', event => reveal(event.target as Element))
  on('pointerleave', () => leave())
  on('focusout', () => leave())
  on('scroll', hideTip)
  on('keydown', event => {
    const flow = (event.target as Element).closest<HTMLElement>('.flow')
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (event.key === 'Escape') leave()
    if (!flow || step === undefined) return
    event.preventDefault()
    moveBy(flow, step)
  })
  until.addEventListener('abort', leave)
  focused.listen(focus => mark(view, reading, focus), until)

  function pointTo(target: Element): void {
    const token = target.closest<HTMLElement>('[data-token]')
    if (token) return goTo(token)
    hideTip()
    const card = target.closest<HTMLElement>('.card[data-message]')
    if (card) focused.set({ message: Number(card.dataset.message) })
    else focused.clear()
  }

  function goTo(token: HTMLElement): void {
    const position = Number(token.dataset.token)
    const message = reading.labels.messages[position] ?? -1
    focused.set({ token: position, message: message < 0 ? null : message })
    showTip(reading, position, token)
  }

  function moveBy(flow: HTMLElement, step: number): void {
    const tokens = [...flow.querySelectorAll<HTMLElement>('[data-token]')]
    const current = tokens.findIndex(token => token.classList.contains('focused'))
    const next = tokens[current < 0 ? 0 : Math.min(tokens.length - 1, Math.max(0, current + step))]
    if (!next) return
    next.scrollIntoView({ block: 'nearest' })
    goTo(next)
    announce(
      aboutToken(reading, Number(next.dataset.token))
        .map(([label, value]) => `${label}: ${value}`)
        .join('. '),
    )
  }

  function leave(): void {
    hideTip()
    focused.clear()
  }

  /** Scrolls the other side of a link into view. */
  function reveal(target: Element): void {
    const token = target.closest<HTMLElement>('[data-token]')
    const card = target.closest<HTMLElement>('.card[data-message]')
    const message = token ? reading.labels.messages[Number(token.dataset.token)] : card?.dataset.message
    const other = view.querySelector<HTMLElement>(`${token ? '.card' : '.row'}[data-message="${message}"]`)
    const holder = other?.closest<HTMLElement>('.cards, .flow')
    if (other && holder && (token || card)) holder.scrollTop += other.getBoundingClientRect().top - holder.getBoundingClientRect().top - 12
  }
}

function mark(view: HTMLElement, reading: Reading, focus: Focus): void {
  for (const old of view.querySelectorAll('.focused')) old.classList.remove('focused')
  globalThis.CSS?.highlights?.delete('token')
  if (focus.token !== null) {
    const first = pieceAt(reading, focus.token)?.piece.first
    for (const token of view.querySelectorAll(`[data-token="${first}"]`)) token.classList.add('focused')
  }
  if (focus.message !== null) {
    const kind = focus.token === null ? '.row' : '.card'
    for (const found of view.querySelectorAll(`${kind}[data-message="${focus.message}"]`)) found.classList.add('focused')
    if (focus.token !== null) highlightInCards(view, reading, focus.token, focus.message)
  }
}

/** Marks the text of a token in the cards that show the text of its message as it is. */
function highlightInCards(view: HTMLElement, reading: Reading, position: number, message: number): void {
  const parsed = reading.lenient.messages[message]
  const piece = pieceAt(reading, position)?.piece
  const first = parsed?.content[0]?.start
  if (!parsed || !piece || piece.part !== 'content' || first === undefined || parsed.content.length !== 1) return
  if (!globalThis.CSS?.highlights) return
  const start = reading.encoding.decode(reading.tokens.subarray(first, piece.first)).length
  const ranges: Range[] = []
  for (const text of view.querySelectorAll(`.card[data-message="${message}"] .raw`)) {
    const node = text.firstChild
    // Where the parser left out or joined something, the offset is not that of the text.
    const isSame = textOf(parsed.message).startsWith(piece.text, start)
    if (!(node instanceof Text) || !isSame || start + piece.text.length > node.length) continue
    const range = new Range()
    range.setStart(node, start)
    range.setEnd(node, start + piece.text.length)
    ranges.push(range)
  }
  CSS.highlights.set('token', new Highlight(...ranges))
}
