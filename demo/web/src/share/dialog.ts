/** The dialog that gives the input as a link, a program or a case file, to copy. */
import { announce, byId, element } from '../dom.js'
import type { Reading } from '../reading/reading.js'
import type { State } from '../state.js'
import { caseFile } from './case_file.js'
import { toFragment } from './fragment.js'
import { javascriptProgram } from './javascript.js'
import { pythonProgram } from './python.js'
import { rustProgram } from './rust.js'

interface Form {
  name: string
  about: string
  text: (reading: Reading, state: State) => string | Promise<string>
}

const FORMS: Form[] = [
  { name: 'Link', about: 'All of this page’s state is in the fragment, which no browser sends to a server.', text: link },
  { name: 'Python', about: 'Needs the package openai-harmony from PyPI.', text: ({ input, role }) => pythonProgram(input, role) },
  { name: 'Rust', about: 'Needs the crates openai-harmony and serde_json.', text: ({ input, role }) => rustProgram(input, role) },
  {
    name: 'JavaScript',
    about: 'An ES module for Node, Deno, Bun and browsers.',
    text: ({ input, role }) => javascriptProgram(input, role),
  },
  {
    name: 'Case file',
    about: 'A bug report that is a test: write into it what you expected instead, and put it where its first line says.',
    text: caseFile,
  },
]

/** Links of this length are cut by some programs that pass them on. */
const LONG_LINK = 8000

async function link(_: Reading, state: State): Promise<string> {
  return location.href.split('#')[0] + (await toFragment(state))
}

export function openShareDialog(reading: Reading, state: State): void {
  const dialog = byId<HTMLDialogElement>('dialog')
  const about = element('p', { class: 'about' })
  const shown = element('textarea', { class: 'code', readonly: true, 'aria-label': 'Text to copy', spellcheck: 'false' })
  const copy = element('button', { type: 'button', class: 'primary' }, 'Copy')
  const forms = FORMS.map((form, index) =>
    element(
      'label',
      {},
      element('input', { type: 'radio', name: 'copy-as', value: form.name, checked: index === 0, onchange: () => choose(form) }),
      element('span', {}, form.name),
    ),
  )
  copy.onclick = async () => {
    const isCopied = await copyText(shown)
    copy.textContent = isCopied ? 'Copied' : 'Select and copy it yourself'
    announce(copy.textContent)
  }
  let chosen: Form
  dialog.replaceChildren(
    element(
      'header',
      {},
      element('h2', { id: 'dialog-title' }, 'Copy as'),
      element('button', { type: 'button', class: 'quiet', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕'),
    ),
    element('fieldset', { class: 'segments' }, element('legend', { class: 'unseen' }, 'Form'), ...forms),
    about,
    shown,
    element('footer', {}, copy),
  )
  dialog.onclick = ({ target }) => {
    if (target === dialog) dialog.close()
  }
  choose(FORMS[0]!)
  dialog.showModal()

  async function choose(form: Form): Promise<void> {
    chosen = form
    copy.textContent = 'Copy'
    const text = await form.text(reading, state)
    if (chosen !== form) return // A link takes longer than the form that was chosen after it.
    shown.value = text
    shown.scrollTop = 0
    const isLong = form.name === 'Link' && text.length > LONG_LINK
    about.textContent = isLong
      ? `${form.about} This one has ${text.length.toLocaleString('en')} characters, and some programs cut long links: a case file is safer.`
      : form.about
  }
}

async function copyText(shown: HTMLTextAreaElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(shown.value)
    return true
  } catch {
    shown.select()
    return document.execCommand('copy')
  }
}
