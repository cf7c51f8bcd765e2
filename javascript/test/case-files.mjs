// The case files of test-data/, which Rust and Python read too.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

/** `HARMONY_TEST_DATA` is the folder: the tests run outside of the repository, from the packed package. */
export const root = process.env.HARMONY_TEST_DATA

export const read = path => JSON.parse(readFileSync(`${root}/${path}`, 'utf8'))

export function cases(folder) {
  const files = readdirSync(`${root}/${folder}`).filter(file => file.endsWith('.json'))
  assert.ok(files.length > 0, folder)
  return files.map(file => [`${folder}/${file}`, read(`${folder}/${file}`)])
}
