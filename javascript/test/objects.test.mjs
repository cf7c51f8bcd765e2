// The chunks and events that the adapters send, written out as a program that compiles with the types of the `openai` package.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { root } from './case-files.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

/** What the API sends and the types of the package do not have: fields that are null there, and fields of later or other servers. */
const NULL_IN_THE_API = ['usage', 'system_fingerprint']
const NOT_IN_THE_TYPES = ['reasoning', 'frequency_penalty', 'presence_penalty', 'max_tool_calls', 'store']

function asTyped(name, value) {
  // The client adds this one itself.
  if (value?.object === 'response') return { ...value, output_text: '' }
  if (value === null && NULL_IN_THE_API.includes(name)) return undefined
  // `reasoning` is also an object of the Responses API, which has a type.
  const isObject = typeof value === 'object' && value !== null
  if (!isObject && NOT_IN_THE_TYPES.includes(name)) return undefined
  return value
}

for (const [api, type, module] of [
  ['chat', 'ChatCompletionChunk', 'openai/resources/chat/completions'],
  ['responses', 'ResponseStreamEvent', 'openai/resources/responses/responses'],
]) {
  test(`${type}, ${api}`, t => {
    const lines = readFileSync(`${root}/api-sse/${api}.sse`, 'utf8').split('\n')
    const sent = lines.filter(line => line.startsWith('data: {')).map(line => JSON.parse(line.slice('data: '.length)))
    assert.ok(sent.length > 0)
    const [program, config] = [`objects-${api}.mts`, `tsconfig.objects-${api}.json`]
    t.after(() => [program, config].forEach(file => rmSync(here + file, { force: true })))
    // Literals, so that a field that the type does not have is an error too.
    const literals = JSON.stringify(sent, asTyped, 1)
    writeFileSync(here + program, `import type { ${type} } from '${module}'\nexport const sent: ${type}[] = ${literals}\n`)
    writeFileSync(here + config, JSON.stringify({ extends: './tsconfig.json', files: [program] }))
    execFileSync('node_modules/.bin/tsc', ['-p', config], { cwd: here, stdio: 'pipe', encoding: 'utf8' })
  })
}
