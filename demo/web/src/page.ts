/** The page: reads the input whenever it changes and shows it. */
import { announce, byId, count, element } from './dom.js'
import { EXAMPLES } from './input/examples.js'
import { INPUT_KINDS, InputError, readInput, type InputKind } from './input/recognise.js'
import { loadEncoding, type HarmonyEncoding } from './library.js'
import { read, type Reading } from './reading/reading.js'
import { openShareDialog } from './share/dialog.js'
import { fromFragment, isLink } from './share/fragment.js'
import { INITIAL, VIEWS, type State, type View } from './state.js'
import type { Context } from './views/context.js'
import { Focused } from './views/focus.js'
import { liveView } from './views/live.js'
import { modesView } from './views/modes.js'
import { summaryView } from './views/summary.js'
import { tokensView } from './views/tokens.js'
import { toolsView } from './views/tools.js'

const VIEW_OF: Record<View, (context: Context) => Node[]> = {
  tokens: tokensView,
  live: liveView,
  modes: modesView,
  tools: toolsView,
}

/** Longer inputs are read when the typing pauses. */
const SHORT_INPUT = 20_000
const PAUSE_MILLISECONDS = 200

class Page {
  #state: State = { ...INITIAL }
  #reading: Reading | null = null
  #focused = new Focused()
  #shown = new AbortController()
  #timer = 0
  readonly #input = byId<HTMLTextAreaElement>('input')
  readonly #kind = byId<HTMLSelectElement>('kind')

  constructor(private readonly encoding: HarmonyEncoding) {
    this.#listen()
  }

  async start(): Promise<void> {
    const linked = await fromFragment(location.hash)
    this.change(linked ?? { ...INITIAL, input: EXAMPLES[0]!.input })
    if (linked === null && isLink(location.hash))
      this.#explain('The link is damaged: what it carried cannot be read. Here is an example instead.')
    byId('loading').hidden = true
  }

  /** Changes the state and shows what follows from it. */
  change(part: Partial<State>): void {
    const next = { ...this.#state, ...part }
    const isSameInput = next.input === this.#state.input && next.kind === this.#state.kind && this.#reading !== null
    this.#state = next
    this.#showInput()
    if (!isSameInput) this.#read()
    this.#show()
  }

  /** As {@link change}, for a view that goes on to show an input that grows. */
  #receive(input: string): Reading | null {
    this.#state = { ...this.#state, input, kind: 'auto' }
    this.#showInput()
    this.#input.scrollTop = this.#input.scrollHeight
    this.#read()
    this.#showSummary()
    return this.#reading
  }

  #showInput(): void {
    const { input, kind } = this.#state
    if (this.#input.value !== input) this.#input.value = input
    this.#kind.value = kind
    for (const button of document.querySelectorAll<HTMLElement>('#examples button')) {
      button.setAttribute('aria-pressed', String(EXAMPLES[Number(button.dataset.example)]!.input === input))
    }
  }

  #read(): void {
    this.#reading = null
    const { input, kind } = this.#state
    this.#explain('')
    byId('hint').textContent = ''
    if (input.trim() === '') return
    try {
      this.#reading = read(this.encoding, readInput(input, kind))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      this.#explain(error.message)
      return
    }
    const {
      input: { kind: found },
      tokens,
      milliseconds,
    } = this.#reading
    byId('hint').textContent =
      `${kind === 'auto' ? `${INPUT_KINDS[found]} · ` : ''}${count(tokens.length, 'token')} parsed in ${milliseconds < 0.95 ? `${Math.max(0.1, milliseconds).toFixed(1)}` : Math.round(milliseconds)} ms`
  }

  #show(): void {
    this.#shown.abort()
    this.#shown = new AbortController()
    this.#showSummary()
    const reading = this.#reading
    if (reading === null) return
    for (const view of VIEWS) {
      const isChosen = view === this.#state.view
      const tab = byId(`tab-${view}`)
      tab.setAttribute('aria-selected', String(isChosen))
      tab.tabIndex = isChosen ? 0 : -1
      const holder = byId(`view-${view}`)
      holder.hidden = !isChosen
      if (!isChosen) holder.replaceChildren()
    }
    byId(`view-${this.#state.view}`).replaceChildren(
      ...VIEW_OF[this.#state.view]({
        reading,
        state: this.#state,
        focused: this.#focused,
        change: part => this.#changeFromView(part),
        receive: input => this.#receive(input),
        until: this.#shown.signal,
      }),
    )
  }

  /** What is the same in all views. */
  #showSummary(): void {
    const reading = this.#reading
    byId('summary').hidden = byId('results').hidden = reading === null
    byId('nothing').hidden = this.#state.input.trim() !== ''
    byId<HTMLButtonElement>('share').disabled = reading === null
    if (reading === null) return
    byId('summary').replaceChildren(...summaryView(reading))
    const repairs = reading.isCompletion ? reading.lenient.repairs.length : 0
    byId('tab-modes').dataset.count = repairs > 0 ? String(repairs) : ''
  }

  /** Keeps the keyboard where it was: a control may build its view again. */
  #changeFromView(part: Partial<State>): void {
    const name = document.activeElement?.getAttribute('name')
    this.change(part)
    if (name) document.querySelector<HTMLElement>(`[name="${name}"]:checked`)?.focus()
  }

  #explain(problem: string): void {
    const shown = byId('problem')
    shown.textContent = problem
    shown.hidden = problem === ''
    this.#input.setAttribute('aria-invalid', String(problem !== ''))
  }

  #listen(): void {
    this.#kind.append(
      element('option', { value: 'auto' }, 'what it looks like'),
      ...Object.entries(INPUT_KINDS).map(([value, name]) => element('option', { value }, name)),
    )
    this.#kind.onchange = () => this.change({ kind: this.#kind.value as InputKind | 'auto' })
    this.#input.oninput = () => {
      window.clearTimeout(this.#timer)
      const input = this.#input.value
      if (input.length <= SHORT_INPUT) return this.change({ input })
      this.#timer = window.setTimeout(() => this.change({ input }), PAUSE_MILLISECONDS)
    }
    byId('examples').append(
      ...EXAMPLES.map(({ name, about, input }, index) =>
        element(
          'button',
          {
            type: 'button',
            'data-example': index,
            title: about,
            'aria-pressed': 'false',
            onclick: () => {
              this.change({ input, kind: 'auto', view: suits(this.#state.view, name) })
              announce(`Example: ${about}`)
            },
          },
          name,
        ),
      ),
    )
    byId('share').onclick = () => this.#reading && openShareDialog(this.#reading, this.#state)
    const tabs = VIEWS.map(view => byId(`tab-${view}`))
    tabs.forEach((tab, index) => {
      tab.onclick = () => this.change({ view: VIEWS[index]! })
      tab.onkeydown = ({ key }) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
        const next =
          key === 'Home' ? 0 : key === 'End' ? tabs.length - 1 : step === undefined ? null : (index + step + tabs.length) % tabs.length
        if (next === null) return
        this.change({ view: VIEWS[next]! })
        tabs[next]!.focus()
      }
    })
    window.addEventListener('beforeprint', () => {
      for (const flow of document.querySelectorAll('.flow')) flow.dispatchEvent(new Event('fill'))
    })
    window.addEventListener('hashchange', async () => {
      const linked = await fromFragment(location.hash)
      if (linked) this.change(linked)
    })
  }
}

/** Slips are best seen side by side; tools need no reading of the stream. */
function suits(view: View, example: string): View {
  if (example === 'Three slips' && view === 'tokens') return 'modes'
  return view
}

try {
  const encoding = await loadEncoding()
  read(encoding, readInput(EXAMPLES[0]!.input, 'auto')) // The tables are computed now, so that times are those of parsing.
  await new Page(encoding).start()
  document.documentElement.dataset.ready = ''
} catch (error) {
  byId('loading').textContent =
    `The page could not start: ${error instanceof Error ? error.message : error}. It needs a browser of 2023 or later, with WebAssembly.`
  throw error
}
