import test from 'node:test'

import { all } from './cases.mjs'
import { library } from './library.mjs'

for (const [name, check] of Object.entries(all)) {
  test(`cases, ES module: ${name}`, () => check(library))
}
