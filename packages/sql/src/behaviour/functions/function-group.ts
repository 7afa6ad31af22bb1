/**
 * How the tables of this folder are written: functions that behave alike, grouped, several rows a line. A row is the OID and the
 * signature as in pg_proc (type names from pg_type, `x[]` for arrays, VARIADIC as declared), with marks on arguments:
 *
 * - `int4!` its value decides whether the function fails
 * - `int4!divisor` likewise, unless the argument passes the test (argument-test.ts)
 * - `int4~` likewise, unless the tested arguments of the row all pass
 * - `int4^` its value decides the size of the result: likewise, unless it is a constant of modest size
 *
 * An unmarked argument never makes the function fail.
 */
import type { ArgumentTest, FunctionBehaviour } from '../behaviour.ts'
import { NOT_STRICT } from './not-strict.table.ts'

export interface FunctionGroup {
  /** What the functions of the group have in common and why they are judged so. */
  readonly why: string
  /** `'1317 length(text)'`, with marks. */
  readonly rows: readonly string[]
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

const ROW = /^(\d+) ([A-Za-z_0-9]+)\((.*)\)$/
const ARGUMENT = /^((?:VARIADIC )?[a-z_0-9]+(?:\[\])?)([!~^]?)([a-z0-9-]*)$/

interface Mark { readonly type: string; readonly mark: string; readonly test: ArgumentTest | undefined }

/** @throws {RangeError} when a row is not written as described above: a mistake in a table, found by any test that loads it. */
export function toRows(group: FunctionGroup): readonly FunctionRow[] {
  return group.rows.map(text => {
    const match = ROW.exec(text)
    const [oid, name, list] = [Number(match?.[1]), match?.[2], match?.[3]]
    if (name === undefined || list === undefined) throw new RangeError(`behaviour row: expected "oid name(types)", found ${text}`)
    const marks = list === '' ? [] : list.split(', ').map(argument => toMark(argument, text))
    return { oid, signature: `${name}(${marks.map(({ type }) => type).join(', ')})`, behaviour: toBehaviour(group, marks, NOT_STRICT.has(oid) ? 'called' : 'skipped') }
  })
}

function toMark(argument: string, row: string): Mark {
  const match = ARGUMENT.exec(argument)
  const [type, mark, test] = [match?.[1], match?.[2], match?.[3]]
  if (type === undefined || mark === undefined || (mark !== '!' && test !== '')) throw new RangeError(`behaviour row: unknown mark in ${row}`)
  if (mark === '^') return { type, mark, test: 'modest' }
  return { type, mark, test: test === '' ? undefined : (test as ArgumentTest) } // the tables' test checks every name
}

function toBehaviour(group: FunctionGroup, marks: readonly Mark[], onNull: FunctionBehaviour['onNull']): FunctionBehaviour {
  const positions = (wanted: (mark: Mark) => boolean): readonly number[] => marks.flatMap((mark, at) => (wanted(mark) ? [at] : []))
  const errorArguments = positions(({ mark }) => mark !== '')
  const tests = marks.flatMap(({ test }, argument) => (test === undefined ? [] : [{ argument, test }]))
  return {
    errors: errorArguments.length === 0 ? 'never' : 'by-value',
    errorArguments,
    unless: tests.length === 0 ? undefined : { tests, errorArguments: positions(({ mark, test }) => mark === '!' && test === undefined) },
    variadic: marks.at(-1)?.type.startsWith('VARIADIC ') === true && errorArguments.includes(marks.length - 1),
    onNull,
    sizeArguments: positions(({ mark }) => mark === '^'),
    rowsByValue: group.rowsByValue ?? false,
    result: group.result ?? 'derived',
    typeFunctions: group.typeFunctions ?? false,
    reads: group.reads ?? 'arguments',
    holds: group.holds,
    effect: group.effect ?? 'none',
    note: group.why,
  }
}
