// The page in Debian's Chromium: over HTTP and from a file, with everything recorded that it should not do.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

export const FILE = fileURLToPath(new URL('../dist/harmony.html', import.meta.url))
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
// Without a sandbox because CI runs as root; without the network that a browser looks for at its start.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}

/** A static host that has the page and nothing else. */
export async function host() {
  const requests = []
  const server = createServer((request, response) => {
    requests.push(request.url)
    const isPage = request.url.split('?')[0] === '/harmony.html'
    response.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html' }).end(isPage ? readFileSync(FILE) : '')
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/harmony.html`, requests, close: () => server.close() }
}

export const fileUrl = pathToFileURL(FILE).href

/** Opens the page and waits until it is ready. `faults` collects errors, warnings and requests. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const faults = []
  page.on('console', message => faults.push(`console: ${message.text()}`))
  page.on('pageerror', error => faults.push(`error: ${error.message}`))
  page.on('request', request => request.isNavigationRequest() || faults.push(`request: ${request.url().slice(0, 200)}`))
  await page.goto(url)
  await page.waitForSelector('html[data-ready]', { timeout: 60_000 })
  return { page, faults, close: () => context.close() }
}

/** Chooses an example by its name. */
export function example(page, name) {
  return page.getByRole('button', { name, exact: true }).click()
}

export function tab(page, name) {
  return page.getByRole('tab', { name }).click()
}
