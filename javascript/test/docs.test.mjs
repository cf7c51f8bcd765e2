// Every snippet of the pages, in order; those of a page are one module.

import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import test from 'node:test'

for (const page of ['docs/javascript.md', 'README.md']) {
  test(`the snippets of ${page} run`, async () => {
    const text = readFileSync(`${process.env.HARMONY_TEST_DATA}/../${page}`, 'utf8')
    const snippets = [...text.matchAll(/^```js\n([^]*?)^```/gm)].map(match => match[1])
    assert.ok(snippets.length > 0)
    // Several snippets import the same names.
    const seen = new Set()
    const isNew = line => !line.startsWith('import ') || (!seen.has(line) && seen.add(line))
    const file = new URL('./snippets-of-a-page.mjs', import.meta.url)
    // `console.assert` prints; here it fails.
    const console = "import assert from 'node:assert/strict'\nconst console = { assert, log() {} }\n"
    writeFileSync(file, console + snippets.join('\n').split('\n').filter(isNew).join('\n'))
    try {
      await import(`${file.href}?page=${page}`)
    } finally {
      rmSync(file)
    }
  })
}
