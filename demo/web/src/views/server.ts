/** The form that streams from a server on this computer. Nothing is requested before its button is pressed. */
import { announce, count, element } from '../dom.js'
import type { Reading } from '../reading/reading.js'
import { complete, ServerError, type Server } from '../server/completions.js'
import { Conversation, promptOf } from '../server/conversation.js'

/** What was entered, for as long as the page is open. */
const entered = { address: 'http://localhost:8000/v1', model: '', question: 'Do I need an umbrella in Lisbon?', isOpen: false }

export interface ServerOptions {
  reading: Reading
  /** Shows what there is so far, or all of it. */
  receive(input: string, isWhole: boolean): void
  /** Aborted when the view is replaced. */
  until: AbortSignal
}

export function serverForm({ reading, receive, until }: ServerOptions): HTMLElement {
  let streaming: AbortController | null = null
  const field = (name: 'address' | 'model' | 'question', label: string, hint: string) =>
    element(
      'label',
      { class: `field ${name}` },
      element('span', {}, label),
      element('input', {
        name,
        value: entered[name],
        placeholder: hint,
        spellcheck: 'false',
        autocomplete: 'off',
        oninput: (event: Event) => (entered[name] = (event.target as HTMLInputElement).value),
      }),
    )
  const button = element('button', { class: 'primary' }, 'Stream')
  const status = element('p', { class: 'about', role: 'status' })
  const about = reading.isCompletion
    ? 'The answer to this question is sampled and shown as it comes. '
    : `The input above is the prompt: ${count(reading.tokens.length, 'token')}. What the model writes is shown as it comes. `
  const form = element(
    'form',
    {
      onsubmit: (event: Event) => {
        event.preventDefault()
        if (streaming) streaming.abort()
        else void stream()
      },
    },
    element(
      'p',
      { class: 'about' },
      about,
      'For vLLM, SGLang or llama.cpp with a gpt-oss model; the prompt goes there as token ids, and nowhere else.',
    ),
    element(
      'div',
      { class: 'fields' },
      field('address', 'Address', 'http://localhost:8000/v1'),
      field('model', 'Model', 'the first one it has'),
      reading.isCompletion && field('question', 'Question', 'What to ask'),
      button,
    ),
    status,
  )

  async function stream(): Promise<void> {
    const { encoding } = reading
    const prompt = promptOf(reading, entered.question)
    const conversation = new Conversation(encoding, prompt)
    const sampling = { prompt, stopTokens: encoding.stopTokensForAssistantActions(), specialTokens: named(encoding.specialTokens()) }
    streaming = new AbortController()
    const server: Server = { address: entered.address.trim(), model: entered.model.trim() }
    button.textContent = 'Stop'
    say('Waiting for the server …')
    let frame = 0
    let end = ''
    let isEmpty = true
    try {
      for await (const piece of complete(server, sampling, streaming.signal)) {
        conversation.add(piece)
        if (isEmpty) say('')
        isEmpty = false
        frame ||= window.setTimeout(() => {
          frame = 0
          receive(conversation.input, false)
        }, FRAME_MILLISECONDS)
      }
      end = conversation.lacksSpecialTokens ? LACKS : 'The stream has ended.'
    } catch (error) {
      if (until.aborted) return
      if (streaming.signal.aborted) end = 'Stopped.'
      else if (error instanceof ServerError) end = error.message
      else throw error
    } finally {
      window.clearTimeout(frame)
      streaming = null
      button.textContent = 'Stream'
    }
    if (!isEmpty) receive(conversation.input, true)
    say(end)
    announce(end)
  }

  until.addEventListener('abort', () => streaming?.abort())

  function say(text: string): void {
    status.textContent = text
  }

  return element(
    'details',
    {
      class: 'server panel',
      open: entered.isOpen,
      ontoggle: (event: Event) => (entered.isOpen = (event.target as HTMLDetailsElement).open),
    },
    element('summary', {}, 'Stream from a server on this computer'),
    form,
  )
}

const FRAME_MILLISECONDS = 40

const LACKS = 'The server left out the special tokens, so this cannot be read as harmony. Look for a setting like skip_special_tokens.'

/** Those with a name of their own. */
function named(texts: string[]): string[] {
  return texts.filter(text => !text.startsWith('<|reserved_'))
}
