// Takes the picture of the page for the README:  npm run picture
// Needs the Debian packages fonts-inter, fonts-jetbrains-mono and fonts-noto-color-emoji, so that it looks the same everywhere, and pngquant.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { fileUrl, launch, open } from './test/browser.mjs'

const TURN =
  '<|channel|>analysis<|message|>They need the weather. There is a tool for that.<|end|>' +
  '<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Lisbon"}<|call|>' +
  '<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>{"celsius":24,"sky":"clear"}<|end|>' +
  '<|start|>assistant<|channel|>final<|message|>No umbrella today: Lisbon is clear, at 24 °C. ☀️<|return|>'

const browser = await launch()
const { page } = await open(browser, fileUrl, { viewport: { width: 1180, height: 800 }, deviceScaleFactor: 1.5 })
await page.locator('#input').fill(TURN)
// The README says itself what the page is for.
await page.evaluate(() =>
  document.querySelectorAll('.intro, .masthead, .examples').forEach(part => {
    part.hidden = true
  }),
)
await page.locator('main').evaluate(main => {
  main.style.paddingTop = '24px'
})
await page.locator('#input').blur()
const picture = fileURLToPath(new URL('../../docs/page.png', import.meta.url))
await page.screenshot({ path: picture })
await browser.close()
execFileSync('pngquant', ['--force', '--strip', '--output', picture, '128', picture])
