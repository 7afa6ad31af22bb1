/**
 * The expression language of `when:`: CEL (Common Expression Language), with every variable declared, so that a misspelt field is
 * found when the file is loaded and not when the first statement is refused. Built once per snapshot; nothing here is global.
 */
import { Environment } from '@marcbachmann/cel-js'
import { ClientFacts, NowFacts, PrincipalFacts, StatementFacts } from './facts.ts'

/** Sizes of one expression. The longest of our examples has 40 nodes. */
const LIMITS = { maxAstNodes: 300, maxDepth: 24, maxListElements: 100, maxMapEntries: 0, maxCallArguments: 4 }

/** The declared variables; anything else in an expression is a problem. */
export const VARIABLES: readonly string[] = ['principal', 'resource', 'purpose', 'now', 'client', 'statement']

/** The declared fields, of whichever variable; for suggestions. */
export const FIELDS: readonly string[] = [
  'name', 'kind', 'issuer', 'groups', 'amr', 'actingFor', 'timestamp', 'year', 'month', 'day', 'weekday', 'hour', 'minute', 'address',
  'command', 'actions', 'objects', 'classes', 'bulk', 'estimatedRows',
]

/** Fields that may be absent: an expression must ask `has(...)` before it uses one. */
export const OPTIONAL_FIELDS: readonly string[] = ['principal.actingFor', 'statement.estimatedRows']

/** A fresh environment; about 2 ms, so one per load and not one per expression. */
export function createEnvironment(): Environment {
  return new Environment({ unlistedVariablesAreDyn: false, enableOptionalTypes: false, limits: LIMITS })
    .registerType('Principal', {
      ctor: PrincipalFacts,
      fields: { name: 'string', kind: 'string', issuer: 'string', groups: 'list<string>', amr: 'list<string>', actingFor: 'Principal' },
    })
    .registerType('Now', {
      ctor: NowFacts,
      fields: { timestamp: 'google.protobuf.Timestamp', year: 'int', month: 'int', day: 'int', weekday: 'int', hour: 'int', minute: 'int' },
    })
    .registerType('Client', { ctor: ClientFacts, fields: { address: 'string' } })
    .registerType('Statement', {
      ctor: StatementFacts,
      fields: { command: 'string', actions: 'list<string>', objects: 'list<string>', classes: 'list<string>', bulk: 'bool', estimatedRows: 'int' },
    })
    .registerVariable('principal', 'Principal')
    .registerVariable('resource', 'string')
    .registerVariable('purpose', 'string')
    .registerVariable('now', 'Now')
    .registerVariable('client', 'Client')
    .registerVariable('statement', 'Statement')
}
