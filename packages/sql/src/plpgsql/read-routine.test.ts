import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadGrammar } from '../grammar/index.ts'
import { SqlFault } from '../sql-fault.ts'
import { readRoutine } from './read-routine.ts'
import { requireSecondReading } from './second-reading.ts'
import type { Routine, RoutineSource, SqlText, Step, Target } from './routine.ts'

const grammar = await loadGrammar()

const VOID = 2278, INT = 23, TEXT = 25

function source(body: string, more: Partial<RoutineSource> = {}): RoutineSource {
  return { compiled: 'once', name: 'f', body, parameters: [{ name: 'a', mode: 'in', type: INT }, { name: '', mode: 'inout', type: TEXT }], returnsSet: false, resultType: TEXT, ...more }
}

const isRecord = (routine: Routine, variable: number): boolean => {
  const type = routine.variables[variable]?.type
  return type?.kind === 'record' || (type?.kind === 'text' && /record|comp/.test(type.text)) || (type?.kind === 'like' && type.of === 'rowtype')
}

/** Both readings. */
function read(body: string, more: Partial<RoutineSource> = {}): Routine {
  const routine = readRoutine(grammar, source(body, more))
  requireSecondReading(grammar, routine, variable => (isRecord(routine, variable) ? 'record' : 'scalar'), 'scalar')
  return routine
}

const sqlOf = ({ text, form }: SqlText): string => (form === 'expression' ? text : `"${text}"`)
const namesOf = (targets: readonly Target[]): string => targets.map(({ names }) => names.join('.')).join(', ')

function shown(step: Step, { variables }: Routine): string {
  const nameOf = (variable: number): string => variables[variable]?.name ?? '?'
  switch (step.kind) {
    case 'run': return `run ${sqlOf(step.sql)}${step.into.length === 0 ? '' : ` into ${namesOf(step.into)}`}`
    case 'assign': return `${namesOf([step.target])} := ${sqlOf(step.sql)}`
    case 'assign-part': return `${sqlOf(step.place)} of ${namesOf([step.target])} := ${sqlOf(step.sql)}`
    case 'set': return `set ${nameOf(step.variable).replace(/\d+/, 'N')} ${sqlOf(step.sql)}`
    case 'set-each': return `set ${step.variables.map(nameOf).join(', ')} ${sqlOf(step.sql)}`
    case 'cursor-rows': return `rows of ${nameOf(step.cursor)} into ${nameOf(step.variable)}`
    case 'elements': return `${step.sliced ? 'slices' : 'elements'} of ${sqlOf(step.sql)} into ${namesOf(step.targets)}`
    case 'range': return `${nameOf(step.variable)} in ${step.bounds.map(sqlOf).join(' .. ')}`
    case 'count': return `count ${namesOf([step.target])}`
    case 'decide': return `${step.by} ${sqlOf(step.sql).replace(/Variable_\d+/, 'Variable_N')}`
    case 'show': return `${step.by} shows ${sqlOf(step.sql)}`
    case 'return': return `return ${sqlOf(step.sql)}`
    case 'return-rows': return `return rows ${sqlOf(step.sql)}`
    case 'return-parameters': return 'return parameters'
  }
}

const SET = { returnsSet: true }

const READ: readonly (readonly [string, readonly string[], Partial<RoutineSource>?])[] = [
  ['begin end', []],
  ['begin null; end;', []],
  ['<<l>> begin return; end l', [], { resultType: VOID, parameters: [] }],
  ['begin $2 := a; a = 3; end', ['$2 := a', 'a := 3']],
  ['declare x int := 1; y constant text collate "C" not null default f(x); z numeric ( 10, 2 ); begin end', ['set x 1', 'set y f(x)']],
  ['declare r record := g(); c s.comp = h(); q comp%rowtype := i(); begin end', ['set r g()', 'set c h()', 'set q i()']],
  ['declare x t.c%type; declare y x%type; z alias for a; w alias for $1; begin x := z; w := 2; end', ['x := z', 'w := 2']],
  ['declare x int[]; c comp; begin x[1] := 2; x[1:2] = \'{}\'; c.f := 3; c.f[2].g := 4; end', ['x[1] of x := 2', 'x[1:2] of x := \'{}\'', 'c.f := 3', 'c.f[2].g of c.f := 4']],
  ['begin if a then a := 1; elsif b then a := 2; elseif c then a := 3; else a := 4; end if; end', ['IF a', 'a := 1', 'IF b', 'a := 2', 'IF c', 'a := 3', 'a := 4']],
  ['begin case a when 1, 2 then a := 1; when 3 then else a := 2; end case; end', ['set __Case__Variable_N__ a', 'CASE "__Case__Variable_N__" IN (1, 2\n)', 'a := 1', 'CASE "__Case__Variable_N__" IN (3\n)', 'a := 2']],
  ['begin case when a > 1 then a := 1; end case; end', ['CASE a > 1', 'a := 1']],
  ['begin loop exit; end loop; while a loop continue when b; end loop; end', ['WHILE a', 'EXIT b']],
  ['begin <<l>> for i in reverse f(1)..2 by 3 loop exit l when i > 1; end loop l; end', ['i in f(1) .. 2 .. 3', 'EXIT i > 1']],
  ['declare r record; begin for r in select 1 loop end loop; for a, $2 in values (1, 2) loop end loop; end', ['run "select 1" into r', 'run "values (1, 2)" into a, $2']],
  ['declare c cursor (k int, l text) for select k; d no scroll cursor is select 2; begin for r in c(1, f(2)) loop end loop; for s in d loop end loop; end', ['set k, l 1, f(2)', 'rows of c into r', 'rows of d into s']],
  ['declare x int[]; begin foreach a in array x loop end loop; foreach x slice 1 in array x loop end loop; end', ['elements of x into a', 'slices of x into x']],
  ['begin return a + 1; end', ['return a + 1'], { parameters: [{ name: 'a', mode: 'in', type: INT }] }],
  ['begin return next a; return query select 1; return query with q as (select 1) select * from q; end', ['return a', 'return rows "select 1"', 'return rows "with q as (select 1) select * from q"'], { ...SET, parameters: [{ name: 'a', mode: 'in', type: INT }] }],
  ['begin return next; return; end', ['return parameters'], SET],
  ['begin perform f(a) from t; Perform distinct 1; end', ['run "SELECT f(a) from t"', 'run "SELECT distinct 1"']],
  ['begin select 1, 2 into strict a, $2 from t; insert into t values (1) returning x into a; merge into t using u on true when matched then delete; end', [
    'run "select 1, 2                   from t" into a, $2', 'run "insert into t values (1) returning x" into a', 'run "merge into t using u on true when matched then delete"']],
  ['begin with q as (insert into t values (1) returning 1) select * into a from q; update t set x = 1; delete from t; end', [
    'run "with q as (insert into t values (1) returning 1) select *        from q" into a', 'run "update t set x = 1"', 'run "delete from t"']],
  ['begin raise; raise notice \'a % %\', a, f(1) using hint = g(), errcode := \'x\'; raise unique_violation using message = h(); raise sqlstate \'22012\'; raise using message = a; end', [
    'RAISE shows a', 'RAISE shows f(1)', 'RAISE shows g()', 'RAISE shows \'x\'', 'RAISE shows h()', 'RAISE shows a']],
  ['begin assert a > 1; assert b, f(a); get diagnostics a = row_count, $2 := pg_context; get current diagnostics a = pg_routine_oid; end', [
    'ASSERT a > 1', 'ASSERT b', 'ASSERT shows f(a)', 'count a', 'count $2', 'count a']],
  ['begin begin a := 1; exception when unique_violation or sqlstate \'22012\' then a := 2; raise; when others then a := 3; end; end', ['a := 1', 'a := 2', 'a := 3']],
  ['#variable_conflict use_column\nbegin end', []],
  ['#variable_conflict error begin end', []],
  // Keywords of PL/pgSQL that are not reserved are names where nothing else fits.
  ['declare exception int; return int; begin exception := 1; return := exception; end', ['exception := 1', 'return := exception']],
  ['begin -- x := 1;\n a /* ; */ := /* ; /* ; */ */ \';\' || $q$;$q$ || E\'\\\';\' ; end', ['a := \';\' || $q$;$q$ || E\'\\\';\'']],
]

for (const [body, expected, more] of READ) {
  test(`reads ${JSON.stringify(body).slice(0, 90)}`, () => {
    const routine = read(body, more)
    assert.deepEqual(routine.steps.map(step => shown(step, routine)), expected)
  })
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['begin execute \'x\'; end', /EXECUTE/], ['begin for r in execute a loop end loop; end', /FOR IN EXECUTE/], ['begin return query execute a; end', /RETURN QUERY EXECUTE/],
  ['begin open c for execute a; end', /OPEN/], ['begin fetch c into a; end', /FETCH/], ['begin move c; end', /MOVE/], ['begin close c; end', /CLOSE/],
  ['begin call p(); end', /CALL/], ['begin do \'x\'; end', /DO/], ['begin commit; end', /COMMIT/], ['begin rollback and chain; end', /ROLLBACK/],
  ['begin get stacked diagnostics a = message_text; end', /GET STACKED DIAGNOSTICS/], ['begin get diagnostics a = something; end', /GET DIAGNOSTICS/],
  ['begin create table t (i int); end', /CREATE/], ['begin set a = 1; end', /SET/], ['begin notify x; end', /NOTIFY/], ['begin truncate t; end', /TRUNCATE/], ['begin frobnicate 1; end', /not known/],
  ['declare c refcursor; begin for r in c loop end loop; end', /not take the body|not bound/],
  ['declare c cursor (k int) for select k; begin for r in c(k := 1) loop end loop; end', /named arguments/],
  ['declare x t%rowtype[]; begin end', /array of %TYPE/],
  ['#print_strict_params on begin end', /option print_strict_params/], ['#variable_conflict use_variable begin end', /option variable_conflict/], ['#option dump begin end', /option option/],
  ['declare x int; x text; begin end', /declared twice/], ['begin select 1 into a into a; end', /INTO twice/], ['begin select f(1; 2); end', /semicolon in parentheses/],
  ['begin if case when a then b end then end if; end', /./], ['begin a.b.c.d := 1; end', /more than three parts/], [`begin ${'x'.repeat(64)} := 1; end`, /more than 63 bytes/],
  ['begin U&"\\0061" := 1; end', /Unicode escapes/], ['begin a := \'x; end', /scan/], ['begin a := 1 end', /unexpected|grammar/], ['begin a := 1; end end', /./], ['begin', /unexpected end/], ['', /unexpected end/],
  ['select 1', /unexpected/], ['begin a := ; end', /unexpected/], ['begin x := 1; end', /not take the body/], ['begin return 1; end', /not take the body/],
  [`begin ${'begin '.repeat(101)}${'end; '.repeat(101)} end`, /nested deeper/], [`begin ${'a := 1; '.repeat(401)} end`, /more than 400 steps/],
  [`begin a := 1 ${'+'.repeat(257)} 1; end`, /operator/], [`begin ${' '.repeat(65_536)} end`, /more than 65536 bytes/],
]

for (const [body, expected] of REFUSED) {
  test(`refuses ${JSON.stringify(body).slice(0, 80)}`, () => {
    assert.throws(() => read(body), (fault) => fault instanceof SqlFault && fault.code === 'unsupported' && expected.test(fault.message))
  })
}

const WHOLE = `<<o>> declare x int := a + 1; r record; begin for r in select 1 as one, 'b;' as two loop if r.one > x then
  insert into t (v) values (r.two) returning id into a; raise notice '% %', a, $q$;$q$; end if; end loop; exception when others then $2 := sqlstate; end o`

test('a body cut at any byte is read as what it is or refused, and never anything else', () => {
  const bytes = Buffer.from(WHOLE)
  for (let length = 0; length < bytes.length; length += 1) {
    const cut = bytes.toString('utf8', 0, length)
    try {
      read(cut)
      // Only the label at the end may be missing.
      assert.match(cut, /end\s*$/)
    } catch (fault) {
      if (!(fault instanceof SqlFault)) throw fault
    }
  }
})

test('whatever words a body is made of, both readings agree or it is refused', () => {
  const word = fc.constantFrom('begin', 'end', ';', 'declare', 'x', 'int', ':=', '1', 'if', 'then', 'else', 'loop', 'for', 'in', 'select', 'into', '(', ')', '..', 'return', 'query', 'case', 'when',
    'exception', 'others', 'execute', 'perform', '\'a\'', '.', ',', 'raise', 'notice', 'using', '=', '<<', '>>', '[', ']', 'record', 'cursor', 'while', 'exit', 'a', '%', 'type', '#', '$1', 'null')
  fc.assert(fc.property(fc.array(word, { maxLength: 14 }), (words) => {
    try {
      read(`begin ${words.join(' ')} ; end`)
    } catch (fault) {
      if (!(fault instanceof SqlFault)) throw fault
    }
  }), { numRuns: 1_500 })
})
