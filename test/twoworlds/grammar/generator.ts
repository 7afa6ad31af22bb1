/** The grammar-based source: one case per number, the same for the same seed, whatever came before it. */
import { makeSeededRandom, type SeededRandom } from '@doorward/testkit'
import type { ServerCatalog } from '../server-catalog.ts'
import type { PhiPlace, StatementCase, Way } from '../statement-case.ts'
import { expressionOf } from './expression.ts'
import { oddmentOf, scriptOf } from './oddments.ts'
import { queryOf, withQuery } from './query.ts'
import type { Writing } from './scope.ts'
import { copyInOf, writeOf } from './writes.ts'

/** @returns case `number` of this seed. */
export function generateCase(catalog: ServerCatalog, seed: number, number: number): StatementCase {
  const random = makeSeededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
  // The first draws of neighbouring seeds are alike.
  for (let skip = 0; skip < 4; skip += 1) random.next()
  const phi: PhiPlace = random.pickWeighted([{ place: 'nowhere', weight: 34 }, { place: 'outputs', weight: 38 }, { place: 'anywhere', weight: 28 }] as const).place
  const { kind } = random.pickWeighted([{ kind: 'query', weight: 78 }, { kind: 'write', weight: 13 }, { kind: 'oddment', weight: 9 }] as const)
  const base = { id: `grammar ${number}`, source: 'grammar' as const }
  if (kind === 'query') {
    const { way, parameters } = wayOf(random)
    const writing = newWriting(random, catalog, phi, parameters)
    const { sql } = withQuery(writing)
    return { ...base, phi, statement: sql, parameters: parameters ?? [], way: /\bfor (update|share|no key|key share)/.test(sql) && way.kind === 'simple' ? { kind: 'undone' } : way }
  }
  const writing = newWriting(random, catalog, phi, undefined)
  if (kind === 'write' && random.chance(0.04)) { const { statement, data } = copyInOf(writing); return { ...base, phi: 'nowhere', statement, parameters: [], way: { kind: 'copy-in', data } } }
  if (kind === 'write') return { ...base, phi, statement: writeOf(writing), parameters: [], way: random.chance(0.06) ? { kind: 'explain', options: '(costs off)' } : { kind: 'undone' } }
  const oddment = oddmentOf(writing)
  return { ...base, phi: 'anywhere', statement: scriptOf(oddment), parameters: [], way: { kind: 'script', undo: oddment.undo } }
}

function newWriting(random: SeededRandom, catalog: ServerCatalog, phi: PhiPlace, parameters: (string | null)[] | undefined): Writing {
  let names = 0
  const writing: Writing = {
    random, catalog, phi, parameters, ctes: [],
    next: (prefix) => { names += 1; return `${prefix}${names}` },
    expression: (type, allowed, depth, scope) => expressionOf(writing, type, allowed, depth, scope),
    query: (wanted, scope) => queryOf(writing, wanted, scope),
  }
  return writing
}

/** @returns how the query is sent, and where its parameters go if it may have some. */
function wayOf(random: SeededRandom): { readonly way: Way; readonly parameters: (string | null)[] | undefined } {
  const formats = (): readonly number[] => random.pick([[], [0], [1], [1]])
  const describe = random.pick(['portal', 'statement', 'none', 'portal'] as const)
  const { kind } = random.pickWeighted([
    { kind: 'simple', weight: 34 }, { kind: 'extended', weight: 16 }, { kind: 'given', weight: 14 }, { kind: 'portal', weight: 5 }, { kind: 'prepared', weight: 5 }, { kind: 'sql-prepared', weight: 4 },
    { kind: 'cursor', weight: 6 }, { kind: 'copy', weight: 10 }, { kind: 'explain', weight: 5 }, { kind: 'several', weight: 2 },
  ] as const)
  switch (kind) {
    case 'given': return { way: { kind: 'extended', resultFormats: formats(), describe }, parameters: [] }
    case 'extended': return { way: { kind: 'extended', resultFormats: formats(), describe }, parameters: undefined }
    case 'portal': return { way: { kind: 'portal', rows: random.integer(1, 3), resultFormats: formats() }, parameters: undefined }
    case 'prepared': return { way: { kind: 'prepared', binary: random.chance(0.4) }, parameters: random.chance(0.5) ? [] : undefined }
    case 'cursor': {
      const scroll = random.chance(0.3)
      return { way: { kind: 'cursor', binary: random.chance(0.2), scroll, fetches: random.pick([['FETCH 2 FROM c', 'FETCH ALL FROM c'], ['FETCH NEXT FROM c', 'MOVE 1 IN c', 'FETCH 5 FROM c'], ...(scroll ? [['FETCH LAST FROM c', 'FETCH BACKWARD 2 FROM c']] : [])]) }, parameters: undefined }
    }
    case 'copy': return { way: { kind: 'copy', options: random.pick(['', '(format csv)', '(format csv, header, force_quote *)', '(format binary)', "(format csv, delimiter ';', null '-')", "(delimiter '|', null 'nothing')"]) }, parameters: undefined }
    case 'explain': return { way: { kind: 'explain', options: random.pick(['', '(costs off)', '(verbose)', '(format json)', '(format yaml, costs off)', '(analyze, timing off, summary off)']) }, parameters: undefined }
    case 'several': return { way: { kind: 'several', others: random.pick([['select 1'], ['select name from clinic.rooms limit 1', 'select ssn from clinic.patients limit 1'], ['select 1/0']]) }, parameters: undefined }
    default: return { way: { kind }, parameters: undefined }
  }
}
