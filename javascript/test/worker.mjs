// A worker that answers each text with what each channel says in it.

import { parentPort, workerData } from 'node:worker_threads'
import { loadHarmonyEncoding } from 'openai-harmony'
import { events } from 'openai-harmony/stream'

const loading = loadHarmonyEncoding('HarmonyGptOss', workerData)

parentPort.on('message', async text => {
  const encoding = await loading
  const said = {}
  let channel
  for await (const event of events(encoding, encoding.encode(text, { allowedSpecial: 'all' }))) {
    if (event.type === 'message_started') channel = event.channel
    if (event.type === 'content_delta') said[channel] = (said[channel] ?? '') + event.text
  }
  parentPort.postMessage(said)
})
