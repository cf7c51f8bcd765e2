/** The figures of a reading: tokens by channel, messages, repairs, why it ended. */
import { element } from '../dom.js'
import { PARTS, partOf } from '../reading/labels.js'
import type { Reading } from '../reading/reading.js'
import { toneOf } from './tone.js'

const FINISH: Record<string, string> = { stop: 'stop', tool_calls: 'tool_calls', length: 'length' }

export function summaryView(reading: Reading): Node[] {
  const { lenient, tokens, isCompletion } = reading
  const figures: [string, string, string?][] = [
    [tokens.length.toLocaleString('en'), tokens.length === 1 ? 'token' : 'tokens'],
    [lenient.messages.length.toLocaleString('en'), lenient.messages.length === 1 ? 'message' : 'messages'],
  ]
  if (isCompletion) {
    const repairs = lenient.repairs.length
    figures.push([repairs.toLocaleString('en'), repairs === 1 ? 'repair' : 'repairs', repairs > 0 ? 'alarm' : ''])
    figures.push([FINISH[lenient.finish_reason] ?? lenient.finish_reason, 'finish reason'])
  }
  return [
    element(
      'dl',
      { class: 'figures' },
      ...figures.map(([value, label, tone]) => element('div', { class: tone ?? '' }, element('dt', {}, label), element('dd', {}, value))),
    ),
    channels(reading),
  ]
}

/** A bar and a legend: where the tokens went. */
function channels({ lenient, tokens, labels }: Reading): HTMLElement {
  const formatting = labels.parts.reduce((sum, part) => sum + (PARTS[part] === 'content' ? 0 : 1), 0)
  const spoken = new Map<string, { name: string; label: string; number: number }>()
  for (const { message, content } of lenient.messages) {
    const { name, label } = toneOf(message)
    const share = spoken.get(label) ?? { name, label, number: 0 }
    const last = content.at(-1)
    share.number +=
      content.reduce((sum, { start, end }) => sum + end - start, 0) - (last && partOf(labels, last.end - 1) === 'ending' ? 1 : 0)
    spoken.set(label, share)
  }
  const shares = [...spoken.values(), { name: 'header', label: 'formatting', number: formatting }].filter(({ number }) => number > 0)
  const bar = element('div', { class: 'shares', 'aria-hidden': 'true' })
  for (const { name, number } of shares) {
    const share = element('span', { class: name })
    share.style.flexGrow = String(number)
    bar.append(share)
  }
  const legend = element(
    'ul',
    { class: 'legend', 'aria-label': 'Tokens by channel' },
    ...shares.map(({ name, label, number }) =>
      element(
        'li',
        { class: name },
        element('i'),
        `${label} `,
        element('b', {}, number.toLocaleString('en')),
        element('span', { class: 'percent' }, ` ${Math.round((100 * number) / Math.max(1, tokens.length))} %`),
      ),
    ),
  )
  return element('div', { class: 'usage' }, bar, legend)
}
