/** A titled box. */
import { element } from '../dom.js'

export function panel(title: string, tools: (Node | string)[], ...content: (Node | null)[]): HTMLElement {
  return element('section', { class: 'panel', 'aria-label': title }, element('header', {}, element('h2', {}, title), ...tools), ...content)
}
