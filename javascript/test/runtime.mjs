// All cases in the runtime that runs this file: Deno or Bun.

import { all } from './cases.mjs'
import { library } from './library.mjs'

for (const check of Object.values(all)) check(library)
console.log(Object.keys(all).length, 'kinds of cases')
