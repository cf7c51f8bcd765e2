// Large inputs: only what is in view has elements.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileUrl, launch, open, tab } from './browser.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

const sentence = 'The quick brown fox jumps over the lazy dog, and 12,345 others followed 🌁. '
/** Playwright types long texts for minutes. */
function paste(page, text) {
  return page.locator('#input').evaluate((field, value) => {
    field.value = value
    field.dispatchEvent(new Event('input'))
  }, text)
}

const elements = page => page.evaluate(() => document.querySelectorAll('*').length)

test('200,000 tokens in one message', async () => {
  const { page, faults, close } = await open(browser, fileUrl)
  await paste(page, `<|channel|>final<|message|>${sentence.repeat(10_000)}<|return|>`)
  await page.waitForFunction(() => /2\d\d,\d{3} tokens/.test(document.getElementById('hint').textContent))
  assert.ok((await elements(page)) < 20_000)
  await page.locator('.flow').evaluate(flow => flow.scrollIntoView({ block: 'center' }))
  await page.locator('.flow').evaluate(flow => (flow.scrollTop = flow.scrollHeight / 2))
  await page.waitForFunction(() => {
    const { top, height } = document.querySelector('.flow').getBoundingClientRect()
    return document.elementFromPoint(400, top + height / 2)?.closest('[data-token]')
  })
  assert.ok((await elements(page)) < 20_000)
  await page
    .getByRole('button', { name: /more characters/ })
    .first()
    .waitFor()
  await tab(page, 'Live')
  await page.getByRole('slider').fill('200000')
  assert.ok((await elements(page)) < 20_000)
  await tab(page, 'Strict and lenient')
  assert.match(await page.getByRole('region', { name: 'Strict' }).innerText(), /Accepted/)
  assert.deepEqual(faults, [])
  await close()
})

test('20,000 messages, each with a slip', async () => {
  const { page, faults, close } = await open(browser, fileUrl)
  await paste(page, '<|start|>assistant<|channel|>final Yes.<|end|>'.repeat(20_000))
  await page.waitForFunction(() => document.getElementById('summary').textContent.includes('20,000'))
  assert.ok((await elements(page)) < 100_000)
  await page.getByRole('button', { name: /Show 100 of/ }).click()
  assert.equal(await page.locator('.card').count(), 200)
  await tab(page, 'Strict and lenient')
  assert.match(await page.locator('.repairs').innerText(), /and 19,800 more repairs/)
  assert.deepEqual(faults, [])
  await close()
})
