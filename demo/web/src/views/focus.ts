/** What the pointer or the keyboard is on: a token or a message, marked in every view that shows it. */

export interface Focus {
  token: number | null
  message: number | null
}

const NOTHING: Focus = { token: null, message: null }

type Listener = (focus: Focus) => void

export class Focused {
  #focus = NOTHING
  #listeners = new Set<Listener>()

  set(focus: Partial<Focus>): void {
    const next = { ...NOTHING, ...focus }
    if (next.token === this.#focus.token && next.message === this.#focus.message) return
    this.#focus = next
    for (const listener of this.#listeners) listener(next)
  }

  clear(): void {
    this.set(NOTHING)
  }

  /** Calls the listener at each change until the signal says that its view is gone. */
  listen(listener: Listener, until: AbortSignal): void {
    this.#listeners.add(listener)
    until.addEventListener('abort', () => this.#listeners.delete(listener))
  }
}
