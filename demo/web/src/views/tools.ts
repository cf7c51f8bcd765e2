/** Tool schemas beside the TypeScript that the model sees. */
import { count, element } from '../dom.js'
import { EXAMPLES } from '../input/examples.js'
import { offeredTools, type OfferedTool } from '../tools/offered.js'
import { printSchema, type Place } from '../tools/schema.js'
import { showTool } from '../tools/shown.js'
import type { Context } from './context.js'
import { panel } from './panel.js'

/** At most this many tools are shown at once. */
const MOST_TOOLS = 30

export function toolsView(context: Context): Node[] {
  const tools = offeredTools(context.reading.input)
  if (tools.length === 0) return [nothing(context)]
  const shown = tools.slice(0, MOST_TOOLS).map(tool => toolPair(context, tool))
  const rest = tools.length - shown.length
  return [...shown, ...(rest > 0 ? [element('p', { class: 'empty' }, `and ${count(rest, 'more tool')}`)] : [])]
}

function nothing({ change }: Context): HTMLElement {
  const example = EXAMPLES.find(({ input }) => input.includes('"tools"'))!
  return element(
    'div',
    { class: 'empty' },
    element(
      'p',
      {},
      'Tools are part of a conversation or of an OpenAI request; this input has none. JSON Schemas go in, and the model sees TypeScript.',
    ),
    element(
      'button',
      { type: 'button', class: 'secondary', onclick: () => change({ input: example.input, kind: 'auto' }) },
      `Show the example “${example.name}”`,
    ),
  )
}

function toolPair({ reading: { encoding } }: Context, tool: OfferedTool): HTMLElement {
  const printed = printSchema(tool.parameters ?? null)
  const model = showTool(encoding, tool, printed)
  const schemaTokens = encoding.encode(JSON.stringify(tool.parameters ?? {})).length
  const left = linked(
    printed.text,
    printed.properties.map(({ place }) => place),
    'JSON Schema',
  )
  const right = linked(model.text, model.places, 'TypeScript')
  const pair = element(
    'div',
    { class: 'columns tool' },
    panel(`${tool.namespace}.${tool.name}`, [element('span', { class: 'aside' }, `JSON Schema · ${count(schemaTokens, 'token')}`)], left),
    panel('What the model sees', [element('span', { class: 'aside' }, `TypeScript · ${count(model.tokens, 'token')}`)], right),
  )
  const mark = (event: Event) =>
    markProperty(pair, event.type === 'pointerleave' || event.type === 'focusout' ? null : (event.target as Element))
  for (const type of ['pointerover', 'focusin', 'pointerleave', 'focusout']) pair.addEventListener(type, mark)
  return pair
}

function markProperty(pair: HTMLElement, target: Element | null): void {
  const index = target?.closest<HTMLElement>('[data-property]')?.dataset.property
  for (const found of pair.querySelectorAll<HTMLElement>('[data-property]')) {
    found.classList.toggle('focused', index !== undefined && found.dataset.property === index)
  }
}

/** Text in which the places are elements with their index, one in another where they are nested. */
function linked(text: string, places: (Place | null)[], label: string): HTMLElement {
  const code = element('pre', { class: 'code', tabindex: 0, role: 'group', 'aria-label': label })
  const open: { node: HTMLElement; end: number }[] = [{ node: code, end: text.length }]
  let at = 0
  const writeTo = (end: number) => {
    open.at(-1)!.node.append(...coloured(text.slice(at, end)))
    at = end
  }
  const sorted = places
    .flatMap((place, index) => (place ? [{ ...place, index }] : []))
    .sort((one, other) => one.start - other.start || other.end - one.end)
  for (const place of sorted) {
    while (place.start >= open.at(-1)!.end && open.length > 1) {
      writeTo(open.at(-1)!.end)
      open.pop()
    }
    writeTo(place.start)
    const node = element('span', { class: 'property', 'data-property': place.index, tabindex: 0 })
    open.at(-1)!.node.append(node)
    open.push({ node, end: place.end })
  }
  while (open.length > 0) {
    writeTo(open.at(-1)!.end)
    open.pop()
  }
  return code
}

/** Comments, strings and keys in colours; good enough for what is printed here. */
function coloured(text: string): Node[] {
  const parts = text.split(/(\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"(?:\s*:)?)/)
  return parts
    .filter(part => part !== '')
    .map(part => {
      if (part.startsWith('//')) return element('span', { class: 'comment' }, part)
      if (/^".*:$/s.test(part)) return element('span', { class: 'key-name' }, part)
      if (part.startsWith('"')) return element('span', { class: 'string' }, part)
      return document.createTextNode(part)
    })
}
