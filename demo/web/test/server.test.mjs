// The live view streams from servers on this computer: stand-ins that send what vLLM and llama.cpp do, over a socket.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { example, fileUrl, host, launch, open, tab } from './browser.mjs'

/** `<|channel|>final<|message|>`, ` Yes`, `.`, `<|return|>` */
const IDS = [200005, 17196, 200008, 11377, 13, 200002]
const TEXT = ['<|chan', 'nel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>fin', 'al<|message|>It is 4.']

let browser
let page
before(async () => {
  browser = await launch()
  page = await host()
})
after(async () => {
  await browser?.close()
  page?.close()
})

/** A server of completions. `chunks` are the choices it sends, with a pause before the last one until `go` is called. */
async function completions(t, chunks, { cors = true, status = 200 } = {}) {
  const asked = []
  let go
  const gone = new Promise(resolve => (go = resolve))
  const server = createServer(async (request, response) => {
    if (cors) {
      response.setHeader('access-control-allow-origin', '*')
      response.setHeader('access-control-allow-headers', 'content-type')
    }
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    if (request.url === '/v1/models') return response.end('{"data": [{"id": "gpt-oss-20b"}]}')
    let body = ''
    for await (const part of request) body += part
    asked.push({ url: request.url, closed: false, ...JSON.parse(body) })
    response.on('close', () => (asked.at(-1).closed = true))
    if (status !== 200) return response.writeHead(status).end('{"error": {"message": "The model is still loading"}}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [index, choice] of chunks.entries()) {
      if (index === chunks.length - 1) await gone
      response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`)
    }
    response.end('data: [DONE]\n\n')
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    go()
    server.close()
    server.closeAllConnections()
  })
  return { address: `http://127.0.0.1:${server.address().port}/v1`, asked, go }
}

async function openForm(t, address, from = fileUrl) {
  const opened = await open(browser, from)
  t.after(() => opened.close())
  await tab(opened.page, 'Live')
  const form = opened.page.locator('.server')
  await form.locator('summary').click()
  await form.getByLabel('Address').fill(address)
  return { ...opened, form, view: opened.page.locator('#view-live') }
}

for (const from of ['http', 'file']) {
  test(`token ids, from ${from}: the prompt is the input, and the answer is read as it comes`, async t => {
    const server = await completions(
      t,
      IDS.map(id => ({ text: '', token_ids: [id] })),
    )
    const { page: opened, form, view, faults } = await openForm(t, server.address, from === 'http' ? page.url : fileUrl)
    assert.deepEqual(faults, [], 'nothing is requested before')
    await example(opened, 'A tool call')
    const prompt = await opened.locator('#hint').innerText()
    await form.getByRole('button', { name: 'Stream' }).click()
    await view.locator('.card').last().getByText('still open').waitFor()
    assert.match(await view.locator('.card').last().innerText(), /Yes\./)
    server.go()
    await form.getByText('The stream has ended.').waitFor()
    assert.match(await view.locator('.card').last().innerText(), /final.*Yes\..*ended by <\|return\|>/s)
    assert.match(await opened.locator('#input').inputValue(), /^<\|start\|>system.*<\|message\|> Yes\.<\|return\|>$/s)
    const [{ prompt: ids, ...sent }] = server.asked
    assert.match(prompt, new RegExp(`${ids.length} tokens`))
    assert.deepEqual(sent.stop_token_ids, [200002, 200012])
    assert.equal(sent.model, 'gpt-oss-20b')
    assert.equal(sent.skip_special_tokens, false)
    assert.ok(sent.preserved_tokens.includes('<|channel|>') && sent.preserved_tokens.length < 20)
    const elsewhere = faults.filter(fault => !fault.startsWith(`request: ${server.address}`))
    assert.deepEqual(elsewhere, [])
    await tab(opened, 'Tokens')
    assert.equal(await opened.locator('#view-tokens .card').count(), 4)
  })
}

test('text, of a question, as servers without ids send it', async t => {
  const server = await completions(
    t,
    TEXT.map(text => ({ text })),
  )
  const { form, view } = await openForm(t, server.address)
  await form.getByLabel('Question').fill('2 + 2? <|end|>')
  await form.getByLabel('Model').fill('mine')
  await form.getByLabel('Model').press('Enter')
  server.go()
  await form.getByText('The stream has ended.').waitFor()
  const cards = view.locator('.card')
  assert.match(await cards.nth(-1).innerText(), /final.*It is 4\./s)
  // What a user writes stays text, whatever it looks like: the input is shown as ids then.
  assert.match(await cards.nth(1).innerText(), /2 \+ 2\? <\|end\|>/)
  assert.equal(server.asked[0].model, 'mine')
})

test('a stream is stopped by its button, and by what replaces the view', async t => {
  const server = await completions(t, [{ token_ids: IDS.slice(0, 4) }, { token_ids: [13] }])
  const { page: opened, form, view } = await openForm(t, server.address)
  const stream = async () => {
    await form.getByRole('button', { name: 'Stream' }).click()
    await view.locator('.card', { hasText: 'Yes' }).waitFor()
  }
  await stream()
  await form.getByRole('button', { name: 'Stop' }).click()
  await form.getByText('Stopped.').waitFor()
  await stream()
  await example(opened, 'An answer')
  const closed = async () => {
    while (!server.asked.every(({ closed }) => closed)) await new Promise(resolve => setTimeout(resolve, 20))
  }
  await closed()
  assert.equal(server.asked.length, 2)
})

test('what goes wrong is a sentence, and the input stays', async t => {
  const closed = await completions(t, [], { cors: false })
  const loading = await completions(t, [], { status: 503 })
  const plain = await completions(t, [{ text: 'It is 4.' }])
  plain.go()
  const { page: opened, form } = await openForm(t, '')
  const input = await opened.locator('#input').inputValue()
  for (const [address, message] of [
    ['http://example.com/v1', /^The address is one of this computer/],
    ['here', /^The address is one of this computer/],
    [closed.address, /^No answer from .*(CORS)/],
    [loading.address, /answered 503: The model is still loading$/],
  ]) {
    await form.getByLabel('Address').fill(address)
    await form.getByRole('button', { name: 'Stream' }).click()
    await form.getByRole('status').filter({ hasText: message }).waitFor()
    assert.equal(await opened.locator('#input').inputValue(), input)
  }
  await form.getByLabel('Address').fill(plain.address)
  await form.getByRole('button', { name: 'Stream' }).click()
  await form.getByRole('status').filter({ hasText: 'left out the special tokens' }).waitFor()
})
