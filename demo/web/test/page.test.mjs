// Each view of the page is used as a person would, over HTTP and from a file.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { example, fileUrl, host, launch, open, tab } from './browser.mjs'

/** As the page has it. */
const STEP_MILLISECONDS = 90

let browser
let server
before(async () => {
  browser = await launch()
  server = await host()
})
after(async () => {
  await browser?.close()
  server?.close()
})

for (const source of ['http', 'file']) {
  describe(`from ${source}:`, () => {
    let page
    let faults
    let close
    before(async () => ({ page, faults, close } = await open(browser, source === 'http' ? server.url : fileUrl)))
    after(() => close())

    test('tokens stand beside messages, and each marks the other', async () => {
      await example(page, 'A preamble')
      const cards = page.locator('#view-tokens .card')
      assert.equal(await cards.count(), 4)
      assert.match(await cards.nth(2).innerText(), /assistant.*functions\.get_weather.*commentary · json.*"city": "Lisbon"/s)
      assert.match(await cards.nth(2).innerText(), /ended by <\|call\|>/)

      await page.locator('[data-token]', { hasText: 'Lisbon' }).first().hover()
      const tip = page.locator('#tip')
      assert.match(await tip.innerText(), /Lisbon.*Id\s+\d+.*Bytes\s+20 4c 69 73 62 6f 6e.*content/s)
      assert.match(await cards.nth(1).getAttribute('class'), /focused/)
      await cards.nth(0).hover()
      assert.match(await page.locator('.row[data-message="0"]').getAttribute('class'), /focused/)
    })

    test('header tokens say which part of the header they are', async () => {
      await page.locator('[data-token]', { hasText: 'comment' }).nth(1).hover()
      assert.match(await page.locator('#tip').innerText(), /header, the channel/)
      await page.locator('[data-token]', { hasText: 'json' }).first().hover()
      assert.match(await page.locator('#tip').innerText(), /header, the content type/)
      await page.locator('[data-token]', { hasText: 'functions' }).first().hover()
      assert.match(await page.locator('#tip').innerText(), /header, the recipient/)
    })

    test('special tokens say what they mean', async () => {
      await page.locator('[data-token]', { hasText: '<|call|>' }).first().hover()
      assert.match(await page.locator('#tip').innerText(), /Meaning\s+The message is complete, and its recipient is called/)
    })

    test('a character that is cut over tokens is one piece', async () => {
      await page.locator('#input').fill('<|channel|>final<|message|>Fog 🌁!<|return|>')
      const piece = page.locator('[data-token]', { hasText: '🌁' })
      assert.equal(await piece.count(), 1)
      await piece.hover()
      assert.match(await page.locator('#tip').innerText(), /one character, cut between tokens/)
      assert.doesNotMatch(await page.locator('.flow').first().innerText(), /\uFFFD/)
    })

    test('tokens are shown as ids and as bytes', async () => {
      await page.getByRole('radio', { name: 'Ids' }).check({ force: true })
      assert.match(await page.locator('.flow').first().innerText(), /200005 *17196 *200008/)
      await page.getByRole('radio', { name: 'Bytes' }).check({ force: true })
      assert.match(await page.locator('.flow').first().innerText(), /66 69 6e 61 6c/)
      await page.getByRole('radio', { name: 'Text' }).check({ force: true })
    })

    test('a stream plays, steps, pauses and goes back', async () => {
      await page.clock.install({ time: 0 })
      await page.clock.pauseAt(1000)
      await example(page, 'An answer')
      await tab(page, 'Live')
      const view = page.locator('#view-live')
      assert.match(await view.innerText(), /Press play.*No message yet.*No event yet/s)
      const slider = view.getByRole('slider')
      const position = async () => Number(await slider.inputValue())
      await view.getByRole('button', { name: 'Play' }).click()
      await page.clock.runFor(10 * STEP_MILLISECONDS)
      assert.equal(await position(), 10)
      await view.getByRole('button', { name: 'Pause' }).click()
      await page.clock.runFor(10 * STEP_MILLISECONDS)
      assert.equal(await position(), 10)
      await view.getByRole('button', { name: 'Step forward' }).click()
      assert.equal(await position(), 11)
      await view.getByRole('button', { name: 'Step back' }).click()
      assert.equal(await position(), 10)
      await view.getByRole('button', { name: 'Play' }).click()
      await page.clock.runFor(100 * STEP_MILLISECONDS)
      assert.equal(await position(), Number(await slider.getAttribute('max')))
      await view.getByRole('button', { name: 'Play' }).waitFor()
      await page.clock.resume()
      await slider.fill('5')
      assert.match(await view.locator('.cards').innerText(), /They/)
      assert.match(await view.locator('.cards').innerText(), /still open/)
      await slider.fill('0')
      assert.equal(await view.locator('.card').count(), 0)
      await slider.press('End')
      assert.equal(await view.locator('.card').count(), 2)
      assert.match(await view.locator('.events').innerText(), /message_ended\s+return/)
    })

    test('a stream of characters holds back what may be a special token', async () => {
      await page.locator('#input').fill('<|channel|>final<|message|>4 <| 5<|return|>')
      await tab(page, 'Live')
      const view = page.locator('#view-live')
      await view.getByRole('combobox').selectOption('1 character')
      const slider = view.getByRole('slider')
      const shown = async (characters, expected) => {
        await slider.fill(String(characters))
        assert.match(await view.locator('.cards').innerText(), expected, `${characters} characters`)
      }
      const header = '<|channel|>final<|message|>'.length
      await shown(header + '4 '.length, /\n4 \s*still open/)
      await shown(header + '4 <|'.length, /\n4 \s*still open/)
      await shown(header + '4 <| '.length, /\n4 <\| \s*still open/)
      await shown(header + '4 <| 5<|ret'.length, /\n4 <\| 5\s*still open/)
      assert.equal(await view.locator('.partial').innerText(), '<|ret')
      await slider.press('End')
      assert.match(await view.locator('.events').innerText(), /message_ended\s+return/)
    })

    test('strict parsing refuses what lenient parsing repairs, each anchored in the text', async () => {
      await example(page, 'Three slips')
      await tab(page, 'Strict and lenient')
      const view = page.locator('#view-modes')
      assert.match(
        await view.getByRole('region', { name: 'Strict' }).innerText(),
        /Refused at the end of the stream.*header\.unexpected_end/s,
      )
      const kinds = await view.locator('.repairs .kind').allInnerTexts()
      assert.deepEqual(kinds, ['superseded_field', 'unmarked_recipient', 'missing_message'])
      assert.equal(await view.locator('.flow .number').count(), 3)
      assert.equal(await view.locator('.flow .slip').count(), 3)
      assert.match(await view.getByRole('region', { name: 'Lenient' }).locator('.cards').innerText(), /functions\.joke/)
      await view.locator('.repairs .number').nth(2).click()
      assert.equal(await page.evaluate(() => document.activeElement.id), 'slip-3')
    })

    test('a property of a schema and its TypeScript mark each other', async () => {
      await example(page, 'A tool call')
      await tab(page, 'Tools')
      const [schema, shown] = [page.getByRole('group', { name: 'JSON Schema' }), page.getByRole('group', { name: 'TypeScript' })]
      await schema.locator('.key-name', { hasText: '"unit"' }).hover()
      assert.equal(await shown.locator('.focused').innerText(), 'unit?: "celsius" | "fahrenheit", // default: celsius')
      await shown.getByText('longitude').hover()
      assert.match(await schema.locator('.focused').innerText(), /^"longitude"/)
    })

    test('each input is recognised', async () => {
      const input = page.locator('#input')
      const hint = page.locator('#hint')
      for (const [text, kind] of [
        ['<|channel|>final<|message|>4.<|return|>', 'Completion text'],
        ['[200005, 17196, 200008, 19, 13, 200002]', 'Token ids'],
        ['[{"role": "user", "content": "Hi"}]', 'Conversation'],
        ['{"model": "gpt-oss-20b", "messages": [{"role": "user", "content": "Hi"}]}', 'OpenAI request'],
        ['{"model": "gpt-oss-20b", "input": "Hi"}', 'OpenAI request'],
      ]) {
        await input.fill(text)
        assert.match(await hint.innerText(), new RegExp(`^${kind} ·`), text)
      }
    })

    test('errors are sentences, and what was right before comes back', async () => {
      const input = page.locator('#input')
      const problem = page.getByRole('alert')
      await input.fill('[{"role": "user", "content": "Hi"}')
      assert.match(await problem.innerText(), /^This is not valid JSON: .+\.$/)
      assert.equal(await page.locator('#results').isVisible(), false)
      await input.fill('{"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]}')
      assert.match(await problem.innerText(), /'image_url'/)
      await input.fill('')
      assert.equal(await problem.isVisible(), false)
      assert.match(await page.locator('main').innerText(), /Nothing to show yet/)
      await input.fill('Plain words.')
      assert.equal(await page.locator('#results').isVisible(), true)
    })

    test('on paper nothing is cut off', async () => {
      await example(page, 'An agent’s turn')
      await tab(page, 'Tokens')
      await page.emulateMedia({ media: 'print' })
      await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll('.flow, .cards, textarea')]
          .filter(box => box.clientHeight > 0 && box.scrollHeight > box.clientHeight + 1)
          .map(box => box.className || box.id),
      )
      assert.deepEqual(cut, [])
      assert.equal(await page.locator('.tokens:empty').count(), 0)
      assert.equal(await page.locator('.tabs').isVisible(), false)
      await page.emulateMedia({ media: 'screen' })
    })

    test('nothing was requested and nothing was reported', () => assert.deepEqual(faults, []))
  })
}

test('a host is asked for one file', () => assert.deepEqual([...new Set(server.requests)], ['/harmony.html']))
