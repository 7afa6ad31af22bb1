/**
 * One case: a statement, and the way it is sent. The way turns the text into messages, so that a shrunk text can be sent the same way
 * again. Where it stops: what the statement says is the sources' business.
 */
import { message } from './wire.ts'

/** Where PHI stands in a statement: nowhere; in its outputs only; anywhere, so that it may decide something. */
export type PhiPlace = 'nowhere' | 'outputs' | 'anywhere'

export type Way =
  | { readonly kind: 'simple' }
  /** Inside BEGIN and ROLLBACK, so that both worlds stay as they are. */
  | { readonly kind: 'undone' }
  | { readonly kind: 'extended'; readonly resultFormats: readonly number[]; readonly describe: 'statement' | 'portal' | 'none' }
  | { readonly kind: 'portal'; readonly rows: number; readonly resultFormats: readonly number[] }
  | { readonly kind: 'prepared'; readonly binary: boolean }
  | { readonly kind: 'sql-prepared' }
  | { readonly kind: 'cursor'; readonly fetches: readonly string[]; readonly binary: boolean; readonly scroll: boolean }
  | { readonly kind: 'copy'; readonly options: string }
  | { readonly kind: 'explain'; readonly options: string }
  | { readonly kind: 'several'; readonly others: readonly string[] }
  | { readonly kind: 'copy-in'; readonly data: string }
  /** The text holds several messages of its own, one per line of `\x01`; used by scripts that need a session. */
  | { readonly kind: 'script'; readonly undo: string }

export interface StatementCase {
  /** Names the case in a report and makes it again: `grammar 17`. */
  readonly id: string
  readonly source: 'corpus' | 'grammar' | 'sqlsmith'
  readonly phi: PhiPlace
  readonly statement: string
  readonly parameters: readonly (string | null)[]
  readonly way: Way
}

/** One round trip: these bytes, answered by so many ReadyForQuery. `counts`: it is the statement itself, not what stands around it. */
export interface Step { readonly bytes: Buffer; readonly readies: number; readonly copy?: Buffer; readonly counts: boolean; readonly shows: string }

/** Splits a script into its messages. */
export const SCRIPT_SEPARATOR = '\x01'

/** @returns the messages that send a statement its way. */
export function toSteps({ statement, parameters, way }: Pick<StatementCase, 'statement' | 'parameters' | 'way'>): readonly Step[] {
  const query = (sql: string, counts = true): Step => ({ bytes: message.query(sql), readies: 1, counts, shows: sql })
  const together = (parts: readonly Buffer[], shows: string, counts = true): Step => ({ bytes: Buffer.concat([...parts, message.sync()]), readies: 1, counts, shows })
  const bare = statement.replace(/;\s*$/, '')
  switch (way.kind) {
    case 'simple': return [query(statement)]
    case 'undone': return [query('BEGIN', false), query(statement), query('ROLLBACK', false)]
    case 'extended': return [together([
      message.parse('', statement), ...(way.describe === 'statement' ? [message.describe('S', '')] : []),
      message.bind({ parameters, resultFormats: way.resultFormats }), ...(way.describe === 'portal' ? [message.describe('P', '')] : []), message.execute('', 0),
    ], statement)]
    case 'portal': return [together([
      message.parse('', statement), message.bind({ portal: 'p', parameters, resultFormats: way.resultFormats }), message.describe('P', 'p'),
      message.execute('p', way.rows), message.execute('p', way.rows), message.execute('p', 0), message.close('P', 'p'),
    ], statement)]
    case 'prepared': return [
      together([message.parse('s', statement), message.describe('S', 's')], statement),
      together([message.bind({ statement: 's', parameters, resultFormats: way.binary ? [1] : [] }), message.describe('P', ''), message.execute('', 0)], statement, false),
      together([message.bind({ statement: 's', parameters, resultFormats: [] }), message.execute('', 0)], statement, false),
      together([message.close('S', 's')], 'close s', false),
    ]
    case 'sql-prepared': return [query(`PREPARE p AS ${bare}`), query('EXECUTE p'), query('DEALLOCATE p', false)]
    case 'cursor': return [
      query('BEGIN', false), query(`DECLARE c ${way.binary ? 'BINARY ' : ''}${way.scroll ? 'SCROLL ' : ''}CURSOR FOR ${bare}`),
      ...way.fetches.map((fetch) => query(fetch, false)), query('CLOSE c', false), query('ROLLBACK', false),
    ]
    case 'copy': return [query(`COPY (${bare}) TO STDOUT ${way.options}`)]
    case 'explain': return [query(`EXPLAIN ${way.options} ${statement}`)]
    case 'several': return [query('BEGIN', false), query([bare, ...way.others].join('; ')), query('ROLLBACK', false)]
    case 'copy-in': return [query('BEGIN', false), { ...query(statement), copy: Buffer.concat([message.copyData(way.data), message.copyDone()]) }, query('ROLLBACK', false)]
    case 'script': return [...statement.split(SCRIPT_SEPARATOR).filter((text) => text.trim() !== '').map((text) => query(text)), ...(way.undo === '' ? [] : [query(way.undo, false)])]
    default: return unreachable(way)
  }
}

function unreachable(way: never): never { throw new Error(`no such way: ${JSON.stringify(way)}`) }
