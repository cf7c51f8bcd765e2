/** The stream as it is sampled: play, step, pause, go back. */
import { announce, count, element } from '../dom.js'
import type { StreamEvent } from '../library.js'
import { drafts, Playback, type Unit } from '../reading/playback.js'
import { messageCard } from './cards.js'
import type { Context } from './context.js'
import { tokenFlow } from './flow.js'
import { panel } from './panel.js'
import { serverForm } from './server.js'

/** Tokens before the last ones are left out of the picture. */
const SHOWN_TOKENS = 1500
const SHOWN_EVENTS = 60
const SHOWN_CARDS = 4
const STEP_MILLISECONDS = 90

/** How much a step takes, by what the engine sends. */
const STEPS: [Unit, number][] = [
  ['token', 1],
  ['token', 4],
  ['token', 16],
  ['token', 64],
  ['character', 1],
  ['character', 16],
]

export function liveView(context: Context): Node[] {
  let { reading } = context
  let unit: Unit = 'token'
  let playback = new Playback(reading, unit)
  let position = 0
  let timer = 0

  const play = element('button', { type: 'button', class: 'primary round', onclick: () => (timer === 0 ? start() : pause()) })
  const back = element(
    'button',
    { type: 'button', class: 'secondary round', 'aria-label': 'Step back', onclick: () => step(-stepSize()) },
    icon('M7 5v14M19 5 9 12l10 7z'),
  )
  const forward = element(
    'button',
    { type: 'button', class: 'secondary round', 'aria-label': 'Step forward', onclick: () => step(stepSize()) },
    icon('M17 5v14M5 5l10 7-10 7z'),
  )
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: playback.length,
    value: 0,
    step: 1,
    'aria-label': 'Position in the stream',
    oninput: () => {
      pause()
      go(Number(slider.value))
    },
  })
  const readout = element('output', { class: 'aside' })
  const size = element(
    'select',
    { 'aria-label': 'What a step takes', onchange: () => turnTo(STEPS[size.selectedIndex]![0]) },
    ...STEPS.map(([stepUnit, units]) => element('option', {}, count(units, stepUnit))),
  )
  const controls = element(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'Playback' },
    back,
    play,
    forward,
    slider,
    readout,
    element('label', { class: 'pick' }, element('span', {}, 'Step'), size),
  )
  const stream = element('div', { class: 'live-stream' })
  const messages = element('div', { class: 'cards', tabindex: 0, role: 'group', 'aria-label': 'Messages so far' })
  const log = element('ol', { class: 'events', tabindex: 0, 'aria-label': 'Events' })
  const view = element(
    'div',
    { class: 'stack' },
    controls,
    element(
      'div',
      { class: 'columns three' },
      panel('Tokens so far', [], stream),
      panel('Messages so far', [], messages),
      panel('Events', [], log),
    ),
    serverForm({ reading, receive, until: context.until }),
  )
  const stepSize = () => STEPS[size.selectedIndex]![1]

  function start(): void {
    if (position === playback.length) go(0)
    timer = window.setInterval(() => step(stepSize(), true), STEP_MILLISECONDS)
    showButton()
  }
  function pause(): void {
    window.clearInterval(timer)
    timer = 0
    showButton()
  }
  function step(by: number, isPlaying = false): void {
    if (!isPlaying) pause()
    go(Math.min(playback.length, Math.max(0, position + by)))
    if (isPlaying && position === playback.length) {
      pause()
      announce('The end of the stream')
    }
  }
  /** The same stream, sent in other units; it starts again. */
  function turnTo(next: Unit): void {
    if (next === unit) return
    pause()
    playback[Symbol.dispose]()
    unit = next
    playback = new Playback(reading, unit)
    slider.max = String(playback.length)
    go(0)
  }
  /** An input that grows. Its end is shown, unless the user has gone back. */
  function receive(input: string, isWhole: boolean): void {
    const next = context.receive(input)
    if (next === null) return
    const isFollowed = reading === context.reading || position === playback.length
    if (reading === context.reading) pause()
    playback[Symbol.dispose]()
    reading = next
    playback = new Playback(reading, unit, isWhole)
    slider.max = String(playback.length)
    go(isFollowed ? playback.length : position)
  }
  function go(to: number): void {
    position = to
    show()
  }
  function showButton(): void {
    play.setAttribute('aria-label', timer === 0 ? 'Play' : 'Pause')
    play.replaceChildren(icon(timer === 0 ? 'M8 5v14l11-7z' : 'M8 5v14M16 5v14'))
  }
  function show(): void {
    const { length } = playback
    const events = playback.eventsAfter(position)
    const shown = playback.shownAfter(position)
    slider.value = String(position)
    slider.style.setProperty('--at', `${(100 * position) / Math.max(1, length)}%`)
    slider.setAttribute('aria-valuetext', `${position} of ${count(length, unit)}`)
    readout.textContent = `${position.toLocaleString('en')} / ${length.toLocaleString('en')}`
    back.disabled = position === 0
    forward.disabled = position === length
    const flow = tokenFlow(reading, {
      form: 'text',
      label: 'Tokens so far',
      end: shown.tokens,
      from: Math.max(0, shown.tokens - SHOWN_TOKENS),
    })
    if (shown.rest)
      (flow.querySelector('.row:last-child .tokens') ?? flow).append(
        element('span', { class: 'token partial', title: 'The first characters of a token' }, shown.rest),
      )
    if (position === 0) flow.append(nothing('Press play, or drag the slider, to see the stream arrive.'))
    stream.replaceChildren(flow)
    flow.scrollTop = flow.scrollHeight
    const all = drafts(playback.moments, events)
    const last = all.slice(-SHOWN_CARDS)
    const earlier = all.length - last.length
    messages.replaceChildren(
      ...(all.length === 0 ? [nothing('No message yet.')] : []),
      ...(earlier > 0 ? [element('p', { class: 'earlier' }, count(earlier, 'earlier message'))] : []),
      ...last.map(messageCard),
    )
    messages.scrollTop = messages.scrollHeight
    const from = Math.max(0, events - SHOWN_EVENTS)
    const items = playback.moments.slice(from, events).map(({ after, event }) => eventItem(after, event))
    log.replaceChildren(...(items.length > 0 ? items : [element('li', { class: 'nothing' }, 'No event yet.')]))
    log.scrollTop = log.scrollHeight
  }

  context.until.addEventListener('abort', () => {
    pause()
    playback[Symbol.dispose]()
  })
  showButton()
  show()
  return [view]
}

/** What stands in a panel that is still empty. */
function nothing(text: string): HTMLElement {
  return element('p', { class: 'nothing' }, text)
}

function eventItem(after: number, event: StreamEvent): HTMLElement {
  return element(
    'li',
    { class: event.type },
    element('span', { class: 'at' }, String(after)),
    element('code', {}, event.type),
    ' ',
    element('span', {}, detail(event)),
  )
}

function detail(event: StreamEvent): string {
  switch (event.type) {
    case 'message_started':
      return [event.role, event.channel, event.recipient && `→ ${event.recipient}`, event.content_type].filter(Boolean).join(' · ')
    case 'content_delta':
      return JSON.stringify(event.text)
    case 'message_ended':
      return event.ending
    case 'repaired':
      return `${event.kind} ${event.text}`
  }
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  shape.setAttribute('d', path)
  svg.append(shape)
  return svg
}
