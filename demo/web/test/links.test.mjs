// The state in the fragment of a link.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { example, fileUrl, launch, open, tab } from './browser.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

async function linkOf(page) {
  await page.locator('#share').click()
  const shown = page.getByRole('textbox', { name: 'Text to copy' })
  await page.waitForFunction(() => document.querySelector('dialog textarea')?.value.includes('#s='))
  const link = await shown.inputValue()
  await page.keyboard.press('Escape')
  return link
}

test('a link opens the page as it was', async () => {
  const first = await open(browser, fileUrl)
  const input = '<|channel|>final<|message|>Grüße, 世界 👋🏽\n\u0000 "</script>" + %20 #s=<|return|>'
  await first.page.locator('#input').fill(input)
  await first.page.getByRole('radio', { name: 'Bytes' }).check({ force: true })
  await tab(first.page, 'Strict and lenient')
  const link = await linkOf(first.page)
  assert.match(link, /^file:.*#s=[\w-]+$/)
  await first.close()

  const second = await open(browser, link)
  assert.equal(await second.page.locator('#input').inputValue(), input)
  assert.equal(await second.page.locator('#view-modes').isVisible(), true)
  await tab(second.page, 'Tokens')
  assert.equal(await second.page.getByRole('radio', { name: 'Bytes' }).isChecked(), true)
  assert.deepEqual(second.faults, [])
  await second.close()
})

test('a link that is followed in the open page changes it', async () => {
  const { page, close } = await open(browser, fileUrl)
  await example(page, 'Three slips')
  const link = await linkOf(page)
  await example(page, 'An answer')
  await page.evaluate(hash => {
    location.hash = hash
  }, new URL(link).hash)
  await page.waitForFunction(() => document.getElementById('input').value.includes('joke'))
  await close()
})

test('a damaged link is said to be one', async () => {
  for (const fragment of ['#s=AAAA', '#s=%%%', '#s=']) {
    const { page, faults, close } = await open(browser, fileUrl + fragment)
    assert.match(await page.getByRole('alert').innerText(), /^The link is damaged/)
    assert.notEqual(await page.locator('#input').inputValue(), '')
    assert.deepEqual(faults, [])
    await close()
  }
})

test('what is not of the state in a link is left out', async () => {
  const { page, faults, close } = await open(browser, fileUrl)
  const fragment = await page.evaluate(async () => {
    const json = new Blob([JSON.stringify({ input: 7, kind: 'toString', view: 'constructor', form: null })])
    const bytes = new Uint8Array(await new Response(json.stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer())
    return btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/=+$/, '')
  })
  await page.evaluate(hash => {
    location.hash = hash
  }, `#s=${fragment}`)
  await page.waitForFunction(() => document.getElementById('input').value === '')
  assert.equal(await page.locator('#results').isVisible(), false)
  assert.deepEqual(faults, [])
  await close()
})
