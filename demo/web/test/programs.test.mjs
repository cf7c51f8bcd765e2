// What “Copy as” gives runs: the programs with the packages of this project, the case files in its Python runner.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fileUrl, launch, open } from './browser.mjs'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PYTHON = process.env.PYTHON ?? join(ROOT, '.venv-checks/bin/python')
const noPython = existsSync(PYTHON) ? false : `no Python with openai-harmony at ${PYTHON}`

const CONVERSATION = [
  { role: 'developer', content: [{ type: 'developer_content', instructions: 'Don\'t use \'\'\' or """ or \\ or "# or 🌁.' }] },
  { role: 'user', content: 'Hi \u2028 {there}\r\n' },
]
const INPUTS = {
  completion: `<|channel|>analysis<|message|>'''"""\\ "## \u0007\r\n 🌁<|end|><|start|>assistant<|channel|>final Four.<|return|>`,
  whole: '<|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>final<|message|>Hi.<|return|>',
  tokens: '[200005, 17196, 200008, 19, 13, 200002]',
  conversation: JSON.stringify(CONVERSATION),
  chat: JSON.stringify({
    model: 'm',
    messages: [{ role: 'user', content: "Don't \n'''" }],
    tools: [{ type: 'function', function: { name: 'now' } }],
  }),
  responses: JSON.stringify({ model: 'm', input: 'Hi "##"' }),
}
/** What each program must print, by what the page is told. */
const PRINTED = {
  completion: ['Four.', 'missing_message'],
  whole: ['Hi.'],
  tokens: ['4.'],
  conversation: ['<|start|>user<|message|>Hi \u2028 {there}'],
  chat: ["Don't", 'type now = () => any;'],
  responses: ['Hi "##"<|end|><|start|>assistant'],
}

/** Where the case files go, if not to `recovery`. */
const FOLDERS = { conversation: 'render-options', chat: 'api-requests', responses: 'api-requests' }

let browser
let folder
const copies = {}
before(async () => {
  browser = await launch()
  folder = mkdtempSync(join(tmpdir(), 'harmony-page-'))
  const { page, faults, close } = await open(browser, fileUrl)
  for (const [name, input] of Object.entries(INPUTS)) {
    await page.locator('#input').fill('')
    await page.locator('#input').evaluate((field, text) => {
      field.value = text
      field.dispatchEvent(new Event('input'))
    }, input)
    await page.locator('#summary').waitFor()
    copies[name] = {}
    await page.locator('#share').click()
    for (const form of ['Python', 'Rust', 'JavaScript', 'Case file']) {
      await page.getByRole('radio', { name: form }).check({ force: true })
      copies[name][form] = await page.getByRole('textbox', { name: 'Text to copy' }).inputValue()
    }
    await page.keyboard.press('Escape')
  }
  assert.deepEqual(faults, [])
  await close()
})
after(async () => {
  await browser?.close()
  if (folder) rmSync(folder, { recursive: true })
})

for (const name of Object.keys(INPUTS)) {
  test(`${name} as a Python program`, { skip: noPython }, async () => {
    const file = join(folder, `${name}.py`)
    writeFileSync(file, copies[name].Python)
    const { stdout } = await run(PYTHON, [file], { env: { ...process.env, PYTHONIOENCODING: 'utf-8' } })
    for (const words of PRINTED[name]) assert.ok(stdout.includes(words), `${words} in ${stdout}`)
  })

  test(`${name} as a Rust program`, () => {
    const file = join(ROOT, 'tests/rust/page_programs', `${name}.rs`)
    if (process.env.UPDATE_PROGRAMS) writeFileSync(file, copies[name].Rust)
    assert.equal(copies[name].Rust, readFileSync(file, 'utf8'), 'that `cargo test page_programs` runs')
  })

  test(`${name} as a JavaScript program`, async () => {
    const file = join(folder, `${name}.mjs`)
    if (!existsSync(join(folder, 'node_modules'))) {
      mkdirSync(join(folder, 'node_modules'))
      symlinkSync(join(ROOT, 'javascript'), join(folder, 'node_modules/openai-harmony'))
    }
    writeFileSync(file, copies[name].JavaScript)
    const { stdout } = await run(process.execPath, [file])
    for (const words of PRINTED[name]) assert.ok(stdout.includes(words), `${words} in ${stdout}`)
  })
}

test('case files pass in the Python runner', { skip: noPython }, async () => {
  cpSync(join(ROOT, 'tests/python'), join(folder, 'tests/python'), { recursive: true })
  cpSync(join(ROOT, 'test-data'), join(folder, 'test-data'), { recursive: true })
  for (const [name, { 'Case file': text }] of Object.entries(copies)) {
    writeFileSync(join(folder, 'test-data', FOLDERS[name] ?? 'recovery', `from_page_${name}.json`), text)
  }
  const { stdout } = await run(
    PYTHON,
    [
      '-m',
      'pytest',
      '-q',
      '-p',
      'no:cacheprovider',
      '-k',
      'from_page',
      'tests/python/test_parse_cases.py',
      'tests/python/test_render_options.py',
      'tests/python/test_api_requests.py',
    ],
    { cwd: folder },
  )
  assert.match(stdout, /\d+ passed/)
})
