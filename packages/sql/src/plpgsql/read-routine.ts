/** A whole PL/pgSQL body: its options, its block, its variables and steps. Nothing here asks the server. */
import type { Grammar } from '../grammar/index.ts'
import { measureOperatorRuns } from '../grammar/guard-text.ts'
import { BodyReader } from './body-reader.ts'
import type { BodyTokens } from './body-tokens.ts'
import { readBlock } from './read-statements.ts'
import { withLabel, withVariable } from './namespace.ts'
import { notRead, type Routine, type RoutineSource } from './routine.ts'

/** Bodies that one parse reads in milliseconds; operator runs as for statements (guard-text.ts). */
const MAX_BYTES = 65_536, MAX_OPERATOR_RUN = 256, MAX_OPERATOR_COST = 100_000

const BOOLEAN = 16

/** @throws {SqlFault} `unsupported`, with the name of what is not read. */
export function readRoutine(grammar: Pick<Grammar, 'scan'>, source: RoutineSource): Routine {
  if (Buffer.byteLength(source.body) > MAX_BYTES) throw notRead(`a body of more than ${MAX_BYTES} bytes`)
  const runs = measureOperatorRuns(source.body)
  if (runs.longest > MAX_OPERATOR_RUN || runs.cost > MAX_OPERATOR_COST) throw notRead('runs of operator characters')
  const reader = new BodyReader(grammar, source.body)
  reader.namespace = withLabel(undefined, source.name)
  for (const [index, parameter] of source.parameters.entries()) {
    const variable = reader.implicit(`$${index + 1}`, { kind: 'oid', oid: parameter.type })
    if (parameter.name !== '') reader.namespace = withVariable(reader.namespace, parameter.name, variable)
  }
  reader.implicit('found', { kind: 'oid', oid: BOOLEAN })
  const conflict = readOptions(reader.tokens)
  readBlock(reader, readLabel(reader.tokens))
  if (reader.tokens.sign() === ';') reader.tokens.skip()
  if (!reader.tokens.atEnd) throw reader.tokens.unexpected()
  const { variables, steps, statements, texts, names, defaults, types } = reader
  return { source, variables, steps, conflict, outline: { statements, texts, names, defaults, types } }
}

/** `#variable_conflict error` and the like, before the block. */
function readOptions(tokens: BodyTokens): Routine['conflict'] {
  let conflict: Routine['conflict'] = 'unsaid'
  while (tokens.sign() === '#') {
    const option = `${tokens.word(1) ?? ''} ${tokens.word(2) ?? ''}`
    if (option === 'variable_conflict use_column') conflict = 'column'
    else if (option !== 'variable_conflict error') throw notRead(`option ${tokens.word(1) ?? ''}`)
    tokens.skip(3)
  }
  return conflict
}

function readLabel(tokens: BodyTokens): string | undefined {
  if (tokens.sign() !== '<<') return undefined
  tokens.skip()
  const label = tokens.takeName()
  tokens.takeSign('>>')
  return label
}
