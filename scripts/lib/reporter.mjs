// Prints what failed and what was skipped, then one line: `suite NAME: P passed, F failed, S skipped`.
import { relative } from 'node:path'

export default async function* report(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const skipped = new Map()
  for await (const { type, data } of source) {
    if (type === 'test:fail' && data.details?.type !== 'suite' && data.details?.error?.failureType !== 'subtestsFailed') {
      counts.failed += 1
      const cause = data.details?.error?.cause ?? data.details?.error
      yield `\nFAILED ${data.name}\n  ${data.file ? relative(process.cwd(), data.file) : ''}:${data.line ?? ''}\n${indent(cause?.stack ?? String(cause))}\n`
    } else if (type === 'test:pass' && data.details?.type !== 'suite') {
      if (data.skip !== undefined) {
        counts.skipped += 1
        const why = typeof data.skip === 'string' ? data.skip : data.name
        skipped.set(why, (skipped.get(why) ?? 0) + 1)
      } else counts.passed += 1
    } else if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message
    }
  }
  for (const [why, count] of skipped) yield `skipped: ${why.replace(/^skipped: /, '')}${count > 1 ? ` (${count} tests)` : ''}\n`
  yield `suite ${process.env.DOORWARD_SUITE ?? ''}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`
}

const indent = (text) => text.split('\n').slice(0, 14).map((line) => `  ${line}`).join('\n')
