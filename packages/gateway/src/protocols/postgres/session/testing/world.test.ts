/** The statements most tests of a session use: what each means, what the policy says, what the upstream answers. A piece of the tests. */
import { openRig, type Rig, type RigOptions, type Rule } from './rig.test.ts'
import { textField, type Reply } from './scripted-server.test.ts'
import type { Meaning } from './stand-in-understander.test.ts'

/** What must never be in a log line or an entry, nor reach a caller whose view is masked. */
export const CANARY = 'Xylophilia'

const rows = (...values: readonly string[]): Pick<Reply, 'fields' | 'rows'> => ({ fields: [textField('a')], rows: values.map((value) => [value]) })

/** Those that policy allows. */
export const ALLOWED_WORDS = ['good', 'other', 'fails', 'bindFails', 'write'] as const

export interface Word { readonly meaning: Meaning; readonly reply?: Reply }

/** Texts are words here: `good` stands for a statement that may run. */
export const WORDS: Readonly<Record<string, Word>> = {
  good: { meaning: { object: 'open.table', columns: ['a'] }, reply: rows('1', '2') },
  other: { meaning: { object: 'open.table', columns: ['a'] }, reply: rows('3') },
  denied: { meaning: { object: 'closed.table', columns: ['a'] }, reply: rows(CANARY) },
  held: { meaning: { object: 'held.table', columns: ['a'] }, reply: rows('4') },
  masked: { meaning: { object: 'masked.table', columns: ['a'] }, reply: rows(CANARY, CANARY) },
  maskedError: { meaning: { object: 'masked.table', columns: ['a'] }, reply: { ...rows(), error: { state: '22P02', message: `invalid input syntax: "${CANARY}"`, detail: CANARY }, notices: [CANARY] } },
  opaque: { meaning: { opaque: 'a function in C' }, reply: rows(CANARY) },
  limited: { meaning: { object: 'limited.table', columns: ['a'] }, reply: rows('1', '2', '3', '4', '5') },
  fails: { meaning: { object: 'open.table', columns: ['a'] }, reply: { ...rows('1'), error: { state: '22012', message: 'division by zero' } } },
  bindFails: { meaning: { object: 'open.table', columns: ['a'] }, reply: { ...rows('1'), bindError: { state: '22P02', message: 'a parameter that does not fit' } } },
  write: { meaning: { object: 'open.table', tags: ['INSERT'] }, reply: { tag: 'INSERT 0 1' } },
  rejected: { meaning: { rejected: { state: '42P01', message: 'relation does not exist' } }, reply: { parseError: { state: '42P01', message: 'relation does not exist' } } },
  refused: { meaning: { refused: 'the statement has a form that is not understood' } },
  unreachable: { meaning: { unreachable: true } },
  policyBreaks: { meaning: { object: 'broken.table', columns: ['a'] }, reply: rows(CANARY) },
  copyOut: { meaning: { object: 'open.table', copy: 'out', tags: ['COPY'] }, reply: { copyOut: ['a\n', 'b\n'], tag: 'COPY 2' } },
  maskedCopy: { meaning: { object: 'masked.table', columns: ['a'], copy: 'out', tags: ['COPY'] }, reply: { copyOut: [`${CANARY}\n`], tag: 'COPY 1' } },
  copyIn: { meaning: { object: 'open.table', copy: 'in', tags: ['COPY'] }, reply: { copyIn: {}, tag: 'COPY 2' } },
}

const RULES: Readonly<Record<string, Rule>> = { 'closed.table': 'deny', 'held.table': 'hold', 'masked.table': 'mask', 'broken.table': 'throw', 'limited.table': 3 }

/** A session in that world. What a test gives besides is added, and wins. */
export function openWorld(options: RigOptions = {}): Promise<Rig> {
  const words = Object.entries(WORDS)
  return openRig({
    ...options,
    meanings: { ...Object.fromEntries(words.map(([text, { meaning }]) => [text, meaning])), ...options.meanings },
    replies: { ...Object.fromEntries(words.map(([text, { reply }]) => [text, reply ?? {}])), ...options.replies },
    rules: { ...RULES, ...options.rules },
  })
}

/** What reached the upstream of callers' texts: own questions and what only frees are left out. */
export function statementsSeen(rig: Rig): readonly string[] {
  return rig.server.got.filter((line) => /^[QPBEC] /.test(line) && !/^([PBE]|C \w+) doorward/.test(line))
}
