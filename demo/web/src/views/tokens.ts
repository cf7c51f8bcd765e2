/** The tokens beside the messages that they make. */
import { element } from '../dom.js'
import { TOKEN_FORMS, type TokenForm } from '../state.js'
import { cardList, toCard } from './cards.js'
import type { Context } from './context.js'
import { tokenFlow } from './flow.js'
import { link } from './linking.js'
import { panel } from './panel.js'

const FORM_NAMES: Record<TokenForm, string> = { text: 'Text', ids: 'Ids', bytes: 'Bytes' }

export function tokensView(context: Context): Node[] {
  const { reading, state } = context
  const flow = tokenFlow(reading, { form: state.form, label: 'Tokens. Arrow keys go from token to token.' })
  const left = panel('Tokens', [formPicker(context)], flow, key())
  const right = panel('Messages', [], cardList(reading.lenient.messages.map(toCard)))
  const view = element('div', { class: 'columns wide-left' }, left, right)
  link(view, reading, context.focused, context.until)
  return [view]
}

function formPicker({ state, change }: Context): HTMLElement {
  const choices = TOKEN_FORMS.map(form =>
    element(
      'label',
      {},
      element('input', { type: 'radio', name: 'form', value: form, checked: form === state.form, onchange: () => change({ form }) }),
      element('span', {}, FORM_NAMES[form]),
    ),
  )
  return element('fieldset', { class: 'segments' }, element('legend', { class: 'unseen' }, 'Show tokens as'), ...choices)
}

/** What the colours and letters mean. */
function key(): HTMLElement {
  const entries = [
    ['analysis', 'A', 'analysis: thoughts'],
    ['commentary', 'C', 'commentary: tool calls'],
    ['final', 'F', 'final: the answer'],
    ['other', 'S', 'system, user and other roles'],
    ['open', 'H', 'headers'],
  ]
  return element(
    'ul',
    { class: 'key', 'aria-label': 'Colours' },
    ...entries.map(([tone, letter, label]) => element('li', { class: tone }, element('span', { class: 'gutter' }, letter!), label!)),
  )
}
