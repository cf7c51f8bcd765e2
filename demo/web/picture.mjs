// Takes the picture of the page for the README:  npm run picture. Needs fonts-inter and fonts-jetbrains-mono.
import { fileURLToPath } from 'node:url';
import { example, fileUrl, launch, open } from './test/browser.mjs';

const browser = await launch();
const { page } = await open(browser, fileUrl, { viewport: { width: 1200, height: 800 }, deviceScaleFactor: 1.5 });
await example(page, 'A preamble');
// The editor and what follows, without the introduction: the README has its own.
await page.addStyleTag({ content: '.intro { display: none } .examples { margin-top: 24px }' }).catch(() => {});
await page.evaluate(() => document.activeElement.blur());
await page.screenshot({ path: fileURLToPath(new URL('../../docs/page.png', import.meta.url)) });
await browser.close();
