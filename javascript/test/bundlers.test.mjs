// What bundlers make of a program, run as it would be on a web page: its files come over HTTP.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import test from 'node:test'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import webpack from 'webpack'

const PROGRAM = `
import { loadHarmonyEncoding } from 'openai-harmony'
import { events } from 'openai-harmony/stream'
import { loadHarmonyText } from 'openai-harmony/text'

export async function answer() {
  const encoding = await loadHarmonyEncoding()
  const tokens = encoding.encode('<|channel|>final<|message|>It is 4.<|return|>', { allowedSpecial: 'all' })
  let answer = ''
  for await (const event of events(encoding, tokens)) if (event.type === 'content_delta') answer += event.text
  const text = await loadHarmonyText()
  return answer + text.parse('<|channel|>final<|message|> Yes.').messages[0].message.content
}
`
const INLINE = PROGRAM.replace("from 'openai-harmony'", "from 'openai-harmony/inline'")
  .replace(/.*Text.*\n/g, '')
  .replace(' + text.parse', ' // ')
const here = new URL('.', import.meta.url).pathname

/** A folder beside the installed package, with a program. */
function project(t, program) {
  const folder = mkdtempSync(`${here}project-`)
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
  writeFileSync(`${folder}/main.js`, program)
  return folder
}

/** A static host for a folder. */
async function host(t, folder) {
  const types = { js: 'text/javascript', wasm: 'application/wasm' }
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://host').pathname
    try {
      const content = readFileSync(folder + path)
      response.writeHead(200, { 'content-type': types[path.split('.').at(-1)] ?? 'application/octet-stream' }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${server.address().port}`
}

test('esbuild, one file', async t => {
  const folder = project(t, INLINE)
  const options = { bundle: true, minify: true, format: 'esm', platform: 'browser', logLevel: 'silent' }
  await esbuild({ ...options, entryPoints: [`${folder}/main.js`], outfile: `${folder}/out.mjs` })
  const code = readFileSync(`${folder}/out.mjs`, 'utf8')
  assert.doesNotMatch(code, /\bimport\b/, 'it needs no other file')
  const { answer } = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)
  assert.equal(await answer(), 'It is 4.')
})

test('esbuild for a page, with addresses of the files', async t => {
  const program = PROGRAM.replace('HarmonyEncoding()', "HarmonyEncoding('HarmonyGptOss', files.tokens)").replace(
    'HarmonyText()',
    'HarmonyText(files.text)',
  )
  const folder = project(t, program)
  const options = { bundle: true, format: 'esm', platform: 'browser', logLevel: 'silent' }
  await esbuild({ ...options, entryPoints: [`${folder}/main.js`], outfile: `${folder}/out.mjs` })
  const url = await host(t, `${here}node_modules/openai-harmony`)
  globalThis.files = { tokens: { wasm: `${url}/harmony.wasm`, vocabulary: `${url}/o200k.seed` }, text: { wasm: `${url}/text.wasm` } }
  t.after(() => delete globalThis.files)
  const { answer } = await import(`${folder}/out.mjs`)
  assert.equal(await answer(), 'It is 4. Yes.')
})

test('Vite finds the files itself', async t => {
  const folder = project(t, PROGRAM)
  mkdirSync(`${folder}/dist`)
  const url = await host(t, `${folder}/dist`)
  await vite({
    root: folder,
    base: `${url}/`,
    logLevel: 'silent',
    build: { rollupOptions: { input: `${folder}/main.js`, preserveEntrySignatures: 'strict', output: { entryFileNames: 'main.js' } } },
  })
  const files = readdirSync(`${folder}/dist`, { recursive: true }).map(file => file.replace(/-[\w-]{8}\./, '.'))
  assert.deepEqual(files.sort(), [
    'assets',
    ...['full.wasm', 'harmony.wasm', 'o200k.seed', 'text.wasm'].map(file => `assets/${file}`),
    'main.js',
  ])
  const { answer } = await import(`${folder}/dist/main.js`)
  assert.equal(await answer(), 'It is 4. Yes.')
})

test('webpack finds the files itself', async t => {
  const folder = project(t, PROGRAM)
  const stats = await new Promise((resolve, reject) => {
    const options = {
      context: folder,
      mode: 'production',
      target: ['web', 'es2022'],
      entry: './main.js',
      experiments: { outputModule: true },
      output: { path: `${folder}/dist`, filename: 'main.js', library: { type: 'module' } },
    }
    webpack(options, (error, stats) => (error ? reject(error) : resolve(stats)))
  })
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }).errors, [])
  const files = readdirSync(`${folder}/dist`).map(file => file.replace(/^.*\./, '.'))
  assert.deepEqual(files.sort(), ['.js', '.seed', '.wasm', '.wasm', '.wasm'])
  // Its files are beside the program, and here `fetch` only reads over HTTP.
  const url = await host(t, `${folder}/dist`)
  const main = readFileSync(`${folder}/dist/main.js`, 'utf8').replaceAll('import.meta.url', `"${url}/main.js"`)
  writeFileSync(`${folder}/run.mjs`, main)
  const { answer } = await import(`${folder}/run.mjs`)
  assert.equal(await answer(), 'It is 4. Yes.')
})
