// The page without a pointer, and for screen readers.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { example, fileUrl, launch, open, tab } from './browser.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

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

  test('every control is reached by Tab, and its focus is seen', async () => {
    await page.locator('body').click({ position: { x: 2, y: 2 } })
    const unseen = []
    const reached = new Set()
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press('Tab')
      const { name, isSeen } = await page.evaluate(() => {
        const { activeElement: it } = document
        const ring = found => getComputedStyle(found).outlineStyle !== 'none'
        // Radio buttons and the input show it on what surrounds them.
        const isSeen = it === document.body || [it, it.nextElementSibling, it.closest('.paper')].some(found => found && ring(found))
        return { name: it.id || it.getAttribute('name') || it.getAttribute('aria-label') || it.textContent, isSeen }
      })
      reached.add(name)
      if (!isSeen) unseen.push(name)
    }
    assert.deepEqual(unseen, [])
    for (const name of ['input', 'kind', 'share', 'tab-tokens', 'form', 'An answer', 'Messages']) assert.ok(reached.has(name), name)
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
  for (const [size, viewport] of Object.entries({ wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } })) {
    test(`axe finds no fault in any view, ${colorScheme}, ${size}`, async () => {
      const { page, close } = await open(browser, fileUrl, { colorScheme, viewport })
      await page.evaluate(axe)
      for (const [name, view, then] of [
        ['An answer', 'Tokens'],
        ['A tool call', 'Tokens', () => page.getByRole('radio', { name: 'Bytes' }).check({ force: true })],
        ['A preamble', 'Live'],
        ['A preamble', 'Live', () => page.getByRole('slider').fill('60')],
        ['A preamble', 'Live', () => page.locator('.server summary').click()],
        ['Three slips', 'Strict and lenient'],
        ['An answer', 'Strict and lenient'],
        ['A tool call', 'Tools'],
        ['An answer', 'Tools'],
      ]) {
        await example(page, name)
        await tab(page, view)
        await then?.()
        assert.deepEqual(await faultsOf(page), [], `${name}, ${view}`)
      }
      await page.locator('#share').click()
      assert.deepEqual(await faultsOf(page), [], 'dialog')
      await page.keyboard.press('Escape')
      for (const input of ['[{"role": "user"', '']) {
        await page.locator('#input').fill(input)
        assert.deepEqual(await faultsOf(page), [], JSON.stringify(input))
      }
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.equal(width, viewport.width, 'nothing is wider than the screen')
      await close()
    })
  }
}

/** What axe finds. Playwright evaluates outside of the page's policy, so axe can be brought in. */
async function faultsOf(page) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`))
}

test('with reduced motion nothing moves but what plays', async () => {
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
