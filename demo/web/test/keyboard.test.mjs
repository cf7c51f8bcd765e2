// The page without a pointer, and for screen readers.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { example, fileUrl, launch, open, tab } from './browser.mjs'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

describe('keyboard:', () => {
  let page
  let close
  before(async () => ({ page, close } = await open(browser, fileUrl)))
  after(() => close())

  test('arrow keys go from tab to tab', async () => {
    await page.getByRole('tab', { name: 'Tokens' }).focus()
    await page.keyboard.press('ArrowRight')
    assert.equal(await page.locator('#view-live').isVisible(), true)
    await page.keyboard.press('End')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-tools')
    await page.keyboard.press('Home')
    assert.equal(await page.locator('#view-tokens').isVisible(), true)
  })

  test('arrow keys go from token to token, and each is announced', async () => {
    await page.locator('#view-tokens .flow').focus()
    for (let press = 0; press < 4; press += 1) await page.keyboard.press('ArrowRight')
    assert.match(await page.locator('#announcements').innerText(), /^Token: They\. Id: \d+\. .*Part: content/)
    await page.keyboard.press('ArrowLeft')
    assert.match(await page.locator('#announcements').innerText(), /Part: header, a marker/)
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('#tip').isVisible(), false)
  })

  test('the form of tokens keeps the focus when it changes', async () => {
    await page.getByRole('radio', { name: 'Text' }).focus()
    await page.keyboard.press('ArrowRight')
    assert.equal(await page.evaluate(() => document.activeElement.value), 'ids')
    await page.keyboard.press('ArrowLeft')
  })

  test('the dialog opens, copies, closes, and gives the focus back', async () => {
    await page.locator('#share').focus()
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('dialog', { name: 'Copy as' }).isVisible(), true)
    await page.keyboard.press('Escape')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'share')
  })
})

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds no fault in any view, ${colorScheme}`, async () => {
    const { page, close } = await open(browser, fileUrl, { colorScheme })
    await page.evaluate(`(() => { const policy = document.querySelector('meta[http-equiv]'); policy?.remove(); })()`)
    const source = (await import('node:fs')).readFileSync(axe, 'utf8')
    for (const [name, view] of [
      ['An answer', 'Tokens'],
      ['A tool call', 'Tokens'],
      ['A preamble', 'Live'],
      ['Three slips', 'Strict and lenient'],
      ['A tool call', 'Tools'],
      ['An answer', 'Tools'],
    ]) {
      await example(page, name)
      await tab(page, view)
      if (view === 'Live') await page.getByRole('slider').fill('60')
      assert.deepEqual(await faultsOf(page, source), [], `${name}, ${view}`)
    }
    await page.locator('#share').click()
    assert.deepEqual(await faultsOf(page, source), [], 'dialog')
    await close()
  })
}

/** Playwright evaluates outside of the page's policy, so axe can be brought in. */
async function faultsOf(page, source) {
  await page.evaluate(source)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`))
}

test('without reduced motion nothing moves either but what plays', async () => {
  const { page, close } = await open(browser, fileUrl, { reducedMotion: 'reduce' })
  const durations = await page.evaluate(
    () =>
      [...document.querySelectorAll('*')]
        .map(it => getComputedStyle(it))
        .filter(style => parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0).length,
  )
  assert.equal(durations, 0)
  await close()
})
