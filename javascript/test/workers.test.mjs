// The package in worker threads: each loads it, or gets the compiled module and the vocabulary from the thread that started it.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import test from 'node:test'
import { Worker } from 'node:worker_threads'

const WORKER = new URL('./worker.mjs', import.meta.url)
const TEXT = '<|channel|>analysis<|message|>Add.<|end|><|start|>assistant<|channel|>final<|message|>It is 4. 👋<|return|>'

/** What a worker that gets `options` answers to each text. */
async function answers(options, texts) {
  const worker = new Worker(WORKER, { workerData: options })
  try {
    const found = []
    for (const text of texts) {
      worker.postMessage(text)
      found.push((await once(worker, 'message'))[0])
    }
    return found
  } finally {
    await worker.terminate()
  }
}

const EXPECTED = { analysis: 'Add.', final: 'It is 4. 👋' }

test('workers load the package by themselves, beside each other', async () => {
  const all = await Promise.all([1, 2, 3].map(() => answers({}, [TEXT, TEXT])))
  assert.deepEqual(all, Array(3).fill([EXPECTED, EXPECTED]))
})

test('a worker gets the compiled module', async () => {
  const files = ['harmony.wasm', 'o200k.seed'].map(name => readFile(new URL(import.meta.resolve(`openai-harmony/${name}`))))
  const [code, vocabulary] = await Promise.all(files)
  const wasm = await WebAssembly.compile(code)
  assert.deepEqual(await answers({ wasm, vocabulary }, [TEXT]), [EXPECTED])
})
