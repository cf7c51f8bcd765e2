// What a new user does: the packed package is installed by npm into an empty folder, where programs stream an answer.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const STREAM = `
async function answer(encoding, events) {
  const sampled = encoding.encode('<|channel|>final<|message|>It is 4.<|return|>', { allowedSpecial: 'all' })
  for await (const event of events(encoding, sampled)) if (event.type === 'content_delta') process.stdout.write(event.text)
}
`
const PROGRAMS = {
  'answer.mjs': `import { loadHarmonyEncoding } from 'openai-harmony'
import { events } from 'openai-harmony/stream'
${STREAM}
await answer(await loadHarmonyEncoding(), events)`,
  'answer.cjs': `const { loadHarmonyEncoding } = require('openai-harmony')
const { events } = require('openai-harmony/stream')
${STREAM}
loadHarmonyEncoding().then(encoding => answer(encoding, events))`,
}

let folder
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'harmony-install-'))
  const archive = readdirSync(here).find(file => file.endsWith('.tgz'))
  // It has no dependencies, so no registry is asked.
  const options = ['--offline', '--no-audit', '--no-fund', '--loglevel', 'error']
  execFileSync('npm', ['install', ...options, join(here, archive)], { cwd: folder, stdio: 'pipe' })
})
after(() => folder && rmSync(folder, { recursive: true }))

test('the package is the only one that is installed', () => {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  assert.deepEqual(Object.keys(packages), ['', 'node_modules/openai-harmony'])
})

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`${name} streams an answer`, () => {
    writeFileSync(join(folder, name), program)
    assert.equal(execFileSync(process.execPath, [name], { cwd: folder, encoding: 'utf8' }), 'It is 4.')
  })
}
