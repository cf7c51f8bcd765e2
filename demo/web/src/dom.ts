/** Elements without a framework. */

type Child = Node | string | null | undefined | false

/** An element with attributes and children; `class`, `data-…`, `aria-…` and events (`onclick`) by their names. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value as EventListener)
    else if (value === true) made.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value))
  }
  made.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false))
  return made
}

/** The element of the page with this id. The page has it: `index.html` is part of the program. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no #${id}`)
  return found as T
}

/** `1 token`, `12,345 tokens`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`
}

/** Says something to users of screen readers. */
export function announce(text: string): void {
  byId('announcements').textContent = text
}
