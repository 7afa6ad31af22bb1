/**
 * The worker thread that reads long texts for text-reader.ts: one request at a time, text in, {@link TextReading} out (the tree stays
 * here: it is fifty times the text). It keeps no state between texts but its grammar. Whoever started it ends it.
 */
import { parentPort } from 'node:worker_threads'
import { loadGrammar } from './grammar.ts'
import { readTextWith } from './read-text.ts'
import type { WorkerRequest } from './text-reader.ts'

const port = parentPort
if (port === null) throw new Error('grammar-worker: started outside a worker thread')
const grammar = await loadGrammar()

port.on('message', (request: WorkerRequest) => {
  const reading = readTextWith(grammar, request.text, request.maxStatements)
  // The next text finds a whole grammar: a broken instance was replaced by then.
  void answer(reading)
})

async function answer(reading: ReturnType<typeof readTextWith>): Promise<void> {
  await grammar.ready()
  port?.postMessage({ kind: 'reading', reading })
}

port.postMessage({ kind: 'ready' })
