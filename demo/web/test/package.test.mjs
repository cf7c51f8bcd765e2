// The npm package in a page without a bundler, and in a worker of one.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launch } from './browser.mjs'

const PACKAGE = fileURLToPath(new URL('../../../javascript', import.meta.url))
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="module">
import { loadHarmonyEncoding } from './dist/esm/index.browser.js';
import { events } from './dist/esm/stream.js';
import { loadHarmonyText } from './dist/esm/text.browser.js';
const encoding = await loadHarmonyEncoding();
const tokens = encoding.encode('<|channel|>final<|message|>It is 4.<|return|>', { allowedSpecial: 'all' });
for await (const event of events(encoding, tokens)) if (event.type === 'content_delta') document.body.append(event.text);
const text = await loadHarmonyText();
document.body.append(text.parse('<|channel|>final<|message|> Yes.').messages[0].message.content);
document.title = 'done';
</script>`
const WORKER = `
import { loadHarmonyEncoding } from './dist/esm/index.browser.js';
const given = new Promise(resolve => addEventListener('message', ({ data }) => resolve(data), { once: true }));
const encoding = await loadHarmonyEncoding('HarmonyGptOss', await given);
const tokens = encoding.encode('<|channel|>final<|message|>It is 4.<|return|>', { allowedSpecial: 'all' });
postMessage(encoding.parseMessagesFromCompletionTokens(tokens)[0].content);
`
const TYPES = { js: 'text/javascript', wasm: 'application/wasm', seed: 'application/octet-stream' }

let browser
let server
before(async () => {
  browser = await launch()
  server = createServer(({ url }, response) => {
    if (url === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
    if (url === '/worker.js') return response.writeHead(200, { 'content-type': TYPES.js }).end(WORKER)
    return response.writeHead(200, { 'content-type': TYPES[url.split('.').at(-1)] }).end(readFileSync(PACKAGE + url))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  await browser?.close()
  server?.close()
})

test('a page streams an answer', async () => {
  const page = await browser.newPage()
  const faults = []
  page.on('console', message => faults.push(message.text()))
  page.on('pageerror', error => faults.push(error.message))
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  await page.waitForFunction(() => document.title === 'done', null, { timeout: 60_000 })
  assert.equal(await page.locator('body').innerText(), 'It is 4. Yes.')
  assert.deepEqual(faults, [])
})

test('a worker of a page loads the package, or gets the compiled module from the page', async () => {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  const answers = await page.evaluate(async () => {
    const answer = options =>
      new Promise((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' })
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = reject
        worker.postMessage(options)
      })
    const wasm = await WebAssembly.compileStreaming(fetch('/harmony.wasm'))
    return Promise.all([answer({}), answer({ wasm })])
  })
  assert.deepEqual(answers, ['It is 4.', 'It is 4.'])
})
