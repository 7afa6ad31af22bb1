/**
 * How the tables of this folder are written: functions that behave alike, grouped, one row per function. A row is the OID and the signature
 * as in pg_proc (type names from pg_type, `x[]` for arrays, `VARIADIC` as declared), with marks on arguments: `!` its value decides whether
 * the function fails (`errorArguments`), `^` its value decides the size of the result (`sizeArguments`).
 */
import type { FunctionBehaviour } from '../behaviour.ts'

export interface FunctionGroup {
  /** What the functions of the group have in common and why they are judged so: PostgreSQL's source, named where it is not plain. */
  readonly why: string
  /** `'1317 length(text)'`, with marks. */
  readonly rows: readonly string[]
  readonly harmlessWhen?: FunctionBehaviour['harmlessWhen']
  readonly rowsByValue?: true
  readonly result?: FunctionBehaviour['result']
  readonly typeFunctions?: true
  readonly reads?: FunctionBehaviour['reads']
  readonly holds?: FunctionBehaviour['holds']
  readonly effect?: FunctionBehaviour['effect']
}

export interface FunctionRow {
  readonly oid: number
  /** The signature without marks: `length(text)`. */
  readonly signature: string
  readonly behaviour: FunctionBehaviour
}

const ROW = /^(\d+) ([a-z_0-9]+)\((.*)\)$/

/** @throws {RangeError} when a row is not written as described above: a mistake in a table, found by the first test that loads it. */
export function toRows(group: FunctionGroup): readonly FunctionRow[] {
  return group.rows.map(text => {
    const match = ROW.exec(text)
    const [oid, name, list] = [Number(match?.[1]), match?.[2], match?.[3]]
    if (name === undefined || list === undefined) throw new RangeError(`behaviour row: expected "oid name(types)", found ${text}`)
    const marked = list === '' ? [] : list.split(', ')
    const errorArguments = positionsOf(marked, '!')
    const behaviour: FunctionBehaviour = {
      errors: errorArguments.length === 0 ? 'never' : 'by-value',
      errorArguments,
      harmlessWhen: group.harmlessWhen,
      sizeArguments: positionsOf(marked, '^'),
      rowsByValue: group.rowsByValue ?? false,
      result: group.result ?? 'derived',
      typeFunctions: group.typeFunctions ?? false,
      reads: group.reads ?? 'arguments',
      holds: group.holds,
      effect: group.effect ?? 'none',
      note: group.why,
    }
    return { oid, signature: `${name}(${marked.map(type => type.replace(/[!^]+$/, '')).join(', ')})`, behaviour }
  })
}

function positionsOf(types: readonly string[], mark: string): readonly number[] {
  return types.flatMap((type, position) => (type.endsWith(mark) || type.endsWith(`${mark}^`) ? [position] : []))
}
