/** Strict and lenient parsing side by side, each slip anchored in the text. */
import { count, element } from '../dom.js'
import type { Message, Repair } from '../library.js'
import { cardList, toCard } from './cards.js'
import type { Context } from './context.js'
import { tokenFlow } from './flow.js'
import { link } from './linking.js'
import { panel } from './panel.js'
import { REPAIRS } from './repairs.js'
import { textOf } from './tone.js'

export function modesView(context: Context): Node[] {
  const { reading } = context
  const { strict, lenient } = reading
  const flow = tokenFlow(reading, { form: 'text', label: 'The stream with its slips', marks: marks(context), classOf: slipAt(context) })
  const view = element(
    'div',
    { class: 'stack' },
    panel('The stream', [], flow),
    element(
      'div',
      { class: 'columns' },
      panel('Strict', [element('code', { class: 'aside' }, 'strict: true')], verdict(context), cardList(strict.messages.map(toPlainCard))),
      panel(
        'Lenient',
        [element('code', { class: 'aside' }, 'strict: false')],
        repairList(lenient.repairs),
        cardList(lenient.messages.map(toCard)),
      ),
    ),
  )
  link(view, reading, context.focused, context.until)
  return [view]
}

function toPlainCard(message: Message, index: number) {
  return { ...message, index, text: textOf(message), ending: 'complete' }
}

function verdict({ reading: { strict, tokens } }: Context): HTMLElement {
  const { error, messages } = strict
  if (!error)
    return element(
      'p',
      { class: 'verdict good' },
      element('b', {}, 'Accepted.'),
      ` The stream follows the format: ${count(messages.length, 'message')}.`,
    )
  const where = error.index === undefined ? '' : error.index >= tokens.length ? ' at the end of the stream' : ` at token ${error.index}`
  return element(
    'div',
    { class: 'verdict bad' },
    element('p', {}, element('b', {}, `Refused${where}.`), ` ${count(messages.length, 'message')} came before.`),
    element('p', {}, element('code', {}, error.code), ' ', error.message),
  )
}

function repairList(repairs: Repair[]): HTMLElement {
  if (repairs.length === 0) return element('p', { class: 'verdict good' }, element('b', {}, 'Nothing to repair.'))
  return element(
    'ol',
    { class: 'repairs' },
    ...repairs.slice(0, MOST_MARKED).map(repairItem),
    repairs.length > MOST_MARKED && element('li', {}, `and ${count(repairs.length - MOST_MARKED, 'more repair')}`),
  )
}

function repairItem(repair: Repair, index: number): HTMLElement {
  const [title, meaning] = REPAIRS[repair.kind] ?? [repair.kind, '']
  return element(
    'li',
    { id: `repair-${index + 1}` },
    element(
      'a',
      { class: 'number', href: `#slip-${index + 1}`, onclick: jump, 'aria-label': `Repair ${index + 1}: show it in the stream` },
      String(index + 1),
    ),
    element(
      'div',
      {},
      element('b', {}, title),
      ' ',
      element('code', { class: 'kind' }, repair.kind),
      element('p', {}, meaning),
      repair.text !== '' &&
        element('p', { class: 'dropped-text' }, repair.end > repair.start ? 'Dropped: ' : 'Written: ', element('code', {}, repair.text)),
    ),
  )
}

/** More marks than these help nobody. */
const MOST_MARKED = 200

/** The number of each repair, and where strict parsing stopped, at their positions. */
function marks({ reading: { lenient, strict, tokens } }: Context): Map<number, Node[]> {
  const found = new Map<number, Node[]>()
  const put = (position: number, mark: Node) => found.set(position, [...(found.get(position) ?? []), mark])
  if (strict.error?.index !== undefined) {
    put(Math.min(strict.error.index, tokens.length), element('span', { class: 'stop' }, 'strict stops'))
  }
  lenient.repairs.slice(0, MOST_MARKED).forEach((repair, index) => {
    put(
      repair.start,
      element(
        'a',
        {
          class: 'number',
          id: `slip-${index + 1}`,
          href: `#repair-${index + 1}`,
          onclick: jump,
          'aria-label': `Repair ${index + 1}: ${REPAIRS[repair.kind]?.[0] ?? repair.kind}`,
        },
        String(index + 1),
      ),
    )
  })
  return found
}

/** Follows a link inside of the page without changing the fragment, which holds the state. */
function jump(event: Event): void {
  event.preventDefault()
  const target = document.querySelector<HTMLElement>((event.currentTarget as HTMLAnchorElement).getAttribute('href')!)
  target?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  ;(target?.querySelector<HTMLElement>('a.number') ?? target)?.focus({ preventScroll: true })
}

function slipAt({ reading: { lenient } }: Context): (position: number) => string | undefined {
  const dropped = new Set<number>()
  for (const { start, end } of lenient.repairs.slice(0, MOST_MARKED)) for (let at = start; at < end; at += 1) dropped.add(at)
  return position => (dropped.has(position) ? 'slip' : undefined)
}
