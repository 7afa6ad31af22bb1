/** Functions in PL/pgSQL and DO blocks over the ward. Expectations as summary.ts writes them; each was read by a person when it was added. */
import type { RoutineCase } from './routine-case.ts'

export const ROUTINE_CASES: readonly RoutineCase[] = [
  // values
  {
    create: 'create function ward.plus_one(x int) returns int language plpgsql as \'begin return x + 1; end\';',
    sql: 'select ward.plus_one(3), ward.plus_one(weight) from ward.patients where id = 1',
    is: ['out plus_one <- patients.weight derived', 'use error patients.weight by pg_catalog.int4pl', 'reads patients, archived'],
  },
  {
    create: 'create function ward.name_of(who bigint) returns text language plpgsql as \'declare v text; begin select name into v from ward.patients where id = who; return v; end\';',
    sql: 'select ward.name_of(3)',
    is: ['out name_of <- patients.name copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.unused() returns int language plpgsql as $$ declare x int; begin return 1; end $$;',
    sql: 'select ward.unused()',
    is: [],
  },
  {
    create: 'create function ward.one_arm(n int) returns text language plpgsql as $$ begin return case when n > 1 then (select name from ward.patients where id = n) else \'x\' end; end $$;',
    sql: 'select ward.one_arm(1)',
    is: ['out one_arm <- patients.name derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.age_in_years(d date) returns int language plpgsql immutable as $$ begin return extract(year from age(d))::int; end $$;',
    sql: 'select ward.age_in_years(dob) from ward.patients where id = 1',
    is: ['out age_in_years <- patients.dob derived', 'use error patients.dob by pg_catalog.timestamptz', 'use error patients.dob by pg_catalog.age', 'use error patients.dob by pg_catalog.int4', 'reads patients, archived'],
  },
  {
    create: 'create function ward.counted() returns int language plpgsql as $$ declare v int; begin select count(*) into v from ward.patients where weight > 3; return v; end $$;',
    sql: 'select ward.counted()',
    is: ['use predicate patients.weight by >', 'reads patients, archived', 'unbounded'],
  },
  // rows, one by one or by RETURN QUERY
  {
    create: 'create function ward.by_ssn(text) returns setof ward.patients language plpgsql stable as \'begin return query select * from ward.patients p where p.ssn = $1; end\';',
    sql: 'select s.id, s.ssn, s.mrn from ward.by_ssn(\'x\') s',
    is: ['out ssn <- patients.ssn copied', 'out mrn <- patients.mrn copied', 'use predicate patients.ssn by =', 'reads patients, archived'],
  },
  {
    create: 'create function ward.labels(who bigint) returns table (id bigint, label text) language plpgsql as \'begin return query select p.id, p.name || p.ssn from ward.patients p where p.id = who; end\';',
    sql: 'select * from ward.labels(3)',
    is: ['out label <- patients.name derived, patients.ssn derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.all_ssns() returns setof text language plpgsql as \'declare r record; begin for r in select name, ssn from ward.patients loop return next r.ssn; end loop; end\';',
    sql: 'select * from ward.all_ssns()',
    is: ['out all_ssns <- patients.ssn copied', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.two_results(out a text, out b text) language plpgsql as \'begin select name, ssn into a, b from ward.patients where id = 1; end\';',
    sql: 'select * from ward.two_results()',
    is: ['out a <- patients.name copied', 'out b <- patients.ssn copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.rows_one_by_one() returns setof ward.patients language plpgsql as $$ declare r ward.patients%rowtype; begin for r in select * from ward.patients where id < 5 loop return next r; end loop; return; end $$;',
    sql: 'select id, ssn, zip from ward.rows_one_by_one()',
    is: ['out ssn <- patients.ssn copied', 'out zip <- patients.zip derived, archived.zip derived', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.in_and_out(inout a text, out b text) language plpgsql as $$ begin select a || name, ssn into a, b from ward.patients where id = 1; end $$;',
    sql: 'select * from ward.in_and_out(\'x\')',
    is: ['out a <- patients.name derived', 'out b <- patients.ssn copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.record_result() returns record language plpgsql as $$ declare r record; begin select id, name into r from ward.patients where id = 1; return r; end $$;',
    sql: 'select * from ward.record_result() as t(a bigint, b text)',
    is: ['out b <- patients.name copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.whole_row_result() returns record language plpgsql as $$ begin return (select p from ward.patients p where id = 1); end $$;',
    sql: 'select ward.whole_row_result()',
    is: ['out whole_row_result <- patients.mrn derived, patients.name derived, patients.dob derived, patients.ssn derived, patients.zip derived, archived.zip derived, patients.weight derived, patients.tags derived, patients.extra derived, patients.home derived, patients.severity derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.unknown_row_result() returns record language plpgsql as $$ begin return ward.record_result(); end $$;',
    sql: 'select * from ward.unknown_row_result() as t(a bigint, b text)',
    is: ['out a <- patients.name derived', 'out b <- patients.name derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.next_row() returns table (i int, t text) language plpgsql as $$ begin for i, t in select 1, name from ward.patients where id < 4 loop return next; end loop; end $$;',
    sql: 'select * from ward.next_row()',
    is: ['out t <- patients.name copied', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.too_few_columns() returns text language plpgsql as $$ declare a text; b text; begin select name into a, b from ward.patients where id = 1; return b; end $$;',
    sql: 'select ward.too_few_columns()',
    is: ['reads patients, archived'],
  },
  {
    create: 'create function ward.unnamed_rows() returns setof record language plpgsql as $$ begin return query select name, weight from ward.patients; end $$;',
    sql: 'select * from ward.unnamed_rows() as t(n text, w int)',
    is: ['out n <- patients.name copied', 'out w <- patients.weight copied', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.results_by_assignment(out n bigint, out s text) language plpgsql as $$ begin n := 1; s := (select ssn from ward.patients where id = 1); if n > 1 then return; end if; s := s || \'x\'; end $$;',
    sql: 'select (ward.results_by_assignment()).s, (ward.results_by_assignment()).n',
    is: ['out s <- patients.ssn derived', 'reads patients, archived'],
  },
  // records and composite types, dropped columns among them
  {
    create: 'create function ward.moved_ssn(who bigint) returns ward.patients language plpgsql as \'declare p ward.patients; begin select * into p from ward.patients where id = who; p.name := p.ssn; return p; end\';',
    sql: 'select (ward.moved_ssn(3)).name, (ward.moved_ssn(3)).ssn, (ward.moved_ssn(3)).id',
    is: ['out name <- patients.name derived, patients.ssn derived', 'out ssn <- patients.ssn copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.collect() returns text language plpgsql as $$ declare a text[] := \'{}\'; r record; begin for r in select name, ssn from ward.patients where id < 9 loop a := a || r.ssn; a[3] := r.name; end loop; return array_to_string(a, \',\'); end $$;',
    sql: 'select ward.collect()',
    is: ['out collect <- patients.ssn derived, patients.name derived', 'use error patients.ssn by subscript', 'use error patients.name by subscript', 'use error patients.ssn by pg_catalog.array_append', 'use error patients.name by pg_catalog.array_append', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.record_to_record() returns text language plpgsql as $$ declare r record; q record; begin select id, name into r from ward.patients where id = 1; q := r; return q.name; end $$;',
    sql: 'select ward.record_to_record()',
    is: ['out record_to_record <- patients.name copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.record_of_two_shapes() returns text language plpgsql as $$ declare r record; q record; begin select id, name into r from ward.patients where id = 1; q := r; select 1 as a into r; return q.name; end $$;',
    sql: 'select ward.record_of_two_shapes()',
    is: ['opaque function record_of_two_shapes: PL/pgSQL: a record that takes rows of several shapes [record_of_two_shapes]'],
  },
  {
    create: 'create function ward.whole_record() returns text language plpgsql as $$ declare r record; begin select id, name into r from ward.patients where id = 1; return row_to_json(r); end $$;',
    sql: 'select ward.whole_record()',
    is: ['out whole_record <- patients.name derived', 'reads patients, archived'],
  },
  {
    create: 'create table if not exists ward.gone (id bigint, a text, b text, c text); alter table ward.gone drop column if exists a; create function ward.rows_with_gap() returns setof ward.gone language plpgsql as $$ begin return query select * from ward.gone; end $$;',
    sql: 'select id, b, c, (ward.rows_with_gap()).b from ward.rows_with_gap()',
    is: ['out id <- gone.id copied', 'out b <- gone.b copied', 'out c <- gone.c copied', 'out b <- gone.b copied', 'reads gone', 'unbounded'],
  },
  {
    create: 'create function ward.sql_rows_with_gap() returns setof ward.gone language sql as $$ select * from ward.gone $$;',
    sql: 'select id, b, c, (ward.sql_rows_with_gap()).b from ward.sql_rows_with_gap()',
    is: ['out id <- gone.id copied', 'out b <- gone.b copied', 'out c <- gone.c copied', 'out b <- gone.b copied', 'reads gone', 'unbounded'],
  },
  {
    create: 'create function ward.row_by_row_with_gap() returns setof ward.gone language plpgsql as $$ declare g ward.gone; begin for g in select * from ward.gone loop g.c := g.b; return next g; end loop; end $$;',
    sql: 'select id, b, c from ward.row_by_row_with_gap()',
    is: ['out id <- gone.id copied', 'out b <- gone.b copied', 'out c <- gone.c copied, gone.b copied', 'reads gone', 'unbounded'],
  },
  {
    create: 'create function ward.home_of() returns ward.address language plpgsql as $$ declare h ward.address; begin select (home).line, (home).town into h from ward.patients where id = 1; h.line := \'x\'; return h; end $$;',
    sql: 'select (ward.home_of()).line, (ward.home_of()).town',
    is: ['out line <- patients.home derived', 'out town <- patients.home derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.made_row() returns text language plpgsql as $$ declare h ward.address; begin h := row(\'a\', \'b\'); return (h).town || h.line; end $$;',
    sql: 'select ward.made_row()',
    is: [],
  },
  {
    create: 'create function ward.town_of(h ward.address) returns text language plpgsql as $$ begin return h.town; end $$;',
    sql: 'select ward.town_of(home) from ward.patients where id = 1',
    is: ['out town_of <- patients.home derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.name_of_row(p ward.patients) returns text language plpgsql as $$ begin return p.name; end $$;',
    sql: 'select ward.name_of_row(p) from ward.patients p where id = 1',
    is: ['out name_of_row <- patients.name copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.row_in_record() returns text language plpgsql as $$ declare x record; begin select p as whole, 1 as one into x from ward.patients p where id = 1; return (x.whole).ssn; end $$;',
    sql: 'select ward.row_in_record()',
    is: ['out row_in_record <- patients.ssn copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.into_document() returns jsonb language plpgsql as $$ declare j jsonb := \'{}\'; begin j[\'a\'] := to_jsonb((select ssn from ward.patients where id = 1)); return j; end $$;',
    sql: 'select ward.into_document()',
    is: ['out into_document <- patients.ssn derived', 'use error patients.ssn by subscript', 'reads patients, archived'],
  },
  {
    create: 'create function ward.record_as_text() returns text language plpgsql as $$ declare r record; begin for r in select * from ward.patients where id = 1 loop r.name := r.ssn; return r.name; end loop; return r; end $$;',
    sql: 'select ward.record_as_text()',
    is: ['out record_as_text <- patients.name derived, patients.ssn derived, patients.mrn derived, patients.dob derived, patients.zip derived, archived.zip derived, patients.weight derived, patients.tags derived, patients.extra derived, patients.home derived, patients.severity derived', 'reads patients, archived'],
  },
  // assignments that convert
  {
    create: 'create function ward.ssn_as_number(who bigint) returns int language plpgsql as \'declare v text; begin select ssn into v from ward.patients where id = who; return v; end\';',
    sql: 'select ward.ssn_as_number(3)',
    is: ['out ssn_as_number <- patients.ssn derived', 'use error patients.ssn by assignment', 'use error patients.ssn by cast', 'reads patients, archived'],
  },
  {
    create: 'create function ward.typed_like_column(t text) returns text language plpgsql as $$ declare v ward.patients.name%type; w ward.mrn_t; begin v := t; w := t; return v || w; end $$;',
    sql: 'select ward.typed_like_column(name), ward.typed_like_column(\'M1\') from ward.patients where id = 1',
    is: ['out typed_like_column <- patients.name derived', 'use error patients.name by assignment', 'use error patients.name by domain', 'reads patients, archived'],
  },
  {
    create: 'create function ward.not_null(t text) returns text language plpgsql as $$ declare v text not null := \'\'; begin select name into v from ward.patients where id = 1; foreach v in array (select tags from ward.patients where id = 2) loop return v; end loop; return null; end $$;',
    sql: 'select ward.not_null(\'a\')',
    is: ['out not_null <- patients.name derived, patients.tags derived', 'use error patients.name by NOT NULL', 'use rows patients.tags by FOREACH', 'reads patients, archived'],
  },
  {
    create: 'drop type if exists public.mood; create type public.mood as enum (\'a\', \'b\'); create function ward.own_type_bare() returns text language plpgsql as $$ declare m mood := \'a\'; begin return m; end $$;',
    sql: 'select ward.own_type_bare()',
    is: ['opaque function own_type_bare: PL/pgSQL: a type of somebody\'s own, named without its schema [own_type_bare]'],
  },
  {
    create: 'create function ward.own_type_qualified() returns text language plpgsql as $$ declare m public.mood := \'a\'; begin return m; end $$;',
    sql: 'select ward.own_type_qualified()',
    is: [],
  },
  {
    create: 'create function ward.like_bare_column() returns text language plpgsql as $$ declare v pg_class.relname%type := \'a\'; begin return v; end $$;',
    sql: 'select ward.like_bare_column()',
    is: ['opaque function like_bare_column: PL/pgSQL: a type of somebody\'s own, named without its schema [like_bare_column]'],
  },
  {
    create: 'create function ward.like_own_column() returns text language plpgsql as $$ declare v pg_catalog.pg_class.relname%type := \'a\'; w v%type; begin w := v; return w; end $$;',
    sql: 'select ward.like_own_column()',
    is: [],
  },
  {
    create: 'create function ward.row_from_text(t text) returns text language plpgsql as $$ declare h ward.address; begin h := t; return h.town; end $$;',
    sql: 'select ward.row_from_text(name), ward.row_from_text(null) from ward.patients where id = 1',
    is: ['out row_from_text <- patients.name derived', 'use error patients.name by assignment', 'use error patients.name by cast', 'reads patients, archived'],
  },
  {
    create: 'create function ward.flag(t text) returns boolean language plpgsql as $$ begin if t then return true; end if; return t; end $$;',
    sql: 'select ward.flag(name) from ward.patients where id = 1',
    is: ['out flag <- patients.name derived', 'use error patients.name by assignment', 'use error patients.name by cast', 'use case patients.name by IF', 'reads patients, archived'],
  },
  {
    create: 'create function ward.through_text(n int) returns jsonb language plpgsql as $$ begin return n; end $$;',
    sql: 'select ward.through_text(weight) from ward.patients where id = 1',
    is: ['out through_text <- patients.weight derived', 'use error patients.weight by assignment', 'use error patients.weight by cast', 'reads patients, archived'],
  },
  // polymorphic and variadic arguments
  {
    create: 'create function ward.same_again(anyelement) returns anyelement language plpgsql as $$ begin return $1; end $$;',
    sql: 'select ward.same_again(name), ward.same_again(1), ward.same_again(dob) from ward.patients where id = 1',
    is: ['out same_again <- patients.name copied', 'out same_again <- patients.dob copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.first_two(variadic a text[]) returns text language plpgsql as $$ begin return a[1] || a[2]; end $$;',
    sql: 'select ward.first_two(name, ssn), ward.first_two(\'a\', \'b\') from ward.patients where id = 1',
    is: ['out first_two <- patients.name derived, patients.ssn derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.first_element(x anyarray) returns anyelement language plpgsql as $$ begin return x[1]; end $$;',
    sql: 'select ward.first_element(tags) from ward.patients where id = 1',
    is: ['out first_element <- patients.tags derived', 'reads patients, archived'],
  },
  // calls: of each other, with defaults, strict, by operator and aggregate
  {
    create: 'create function ward.plus_two(x int) returns int language plpgsql as \'begin return ward.plus_one(x) + 1; end\';',
    sql: 'select ward.plus_two(weight) from ward.patients where id = 1',
    is: ['out plus_two <- patients.weight derived', 'use error patients.weight by pg_catalog.int4pl', 'reads patients, archived'],
  },
  {
    create: 'create function ward.down_to_zero(x int) returns int language plpgsql as \'begin if x = 0 then return 1; end if; return ward.down_to_zero(x - 1); end\';',
    sql: 'select ward.down_to_zero(3)',
    is: ['opaque function down_to_zero: calls itself, or too deep [down_to_zero]'],
  },
  {
    create: 'create function ward.wrong_call(x int) returns int language plpgsql as \'begin return ward.plus_one(name := 1); end\';',
    sql: 'select ward.wrong_call(3)',
    is: ['opaque function wrong_call: PL/pgSQL: SQL that the server does not take (42883) [wrong_call]'],
  },
  {
    create: 'create function ward.with_default(a int, b int default 5) returns int language plpgsql as $$ begin return a + b; end $$;',
    sql: 'select ward.with_default(1), ward.with_default(a => 2), ward.with_default(1, weight) from ward.patients where id = 2',
    is: ['rejected 42725'],
  },
  {
    create: 'create function ward.strict_value(x int) returns int language plpgsql strict as $$ begin return 1; end $$;',
    sql: 'select ward.strict_value(weight) from ward.patients where id = 1',
    is: ['out strict_value <- patients.weight derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.strict_rows(x int) returns setof int language plpgsql strict as $$ begin return next 1; end $$;',
    sql: 'select ward.strict_rows(weight) from ward.patients where id = 1',
    is: ['out strict_rows <- patients.weight derived', 'use rows patients.weight by strict_rows', 'reads patients, archived'],
  },
  {
    create: 'create function ward.planned() returns text language plpgsql immutable as $$ begin return (select max(ssn) from ward.patients); end $$;',
    sql: 'select ward.planned()',
    is: ['out planned <- patients.ssn aggregated', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.as_owner(x bigint) returns text language plpgsql security definer as $$ begin return (select ssn from ward.patients where id = x); end $$;',
    sql: 'select ward.as_owner(1)',
    is: ['out as_owner <- patients.ssn copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.join_texts(text, text) returns text language plpgsql as $$ begin return $1 || $2; end $$; create aggregate ward.glue (text) (sfunc = ward.join_texts, stype = text, initcond = \'\');',
    sql: 'select ward.glue(name) from ward.patients where id < 4',
    is: ['out glue <- patients.name aggregated', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.alike(text, text) returns boolean language plpgsql as $$ begin return left($1, 2) = left($2, 2); end $$; drop operator if exists ward.=~= (text, text); create operator ward.=~= (leftarg = text, rightarg = text, function = ward.alike);',
    sql: 'select id from ward.patients where name operator(ward.=~=) \'An\'',
    is: ['use predicate patients.name by =~=', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.read_file() returns void language plpgsql as $$ begin perform pg_read_file(\'/etc/passwd\'); end $$;',
    sql: 'select ward.read_file()',
    is: ['export pg_catalog.pg_read_file', 'closed read pg_catalog.pg_read_file'],
  },
  {
    create: 'create function ward.sql_calls_it() returns text language sql as $$ select ward.as_owner(2) $$;',
    sql: 'select ward.sql_calls_it()',
    is: ['out sql_calls_it <- patients.ssn copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.record_default() returns int language plpgsql as $$ declare r record := ward.write_rooms(1); begin return 1; end $$;',
    sql: 'select ward.record_default()',
    is: ['update rooms', 'delete scratch', 'destroy scratch', 'reads rooms', 'unbounded'],
  },
  // names: columns first, labels, shadowing
  {
    create: 'create function ward.same_name(id bigint) returns text language plpgsql as \'declare v text; begin select name into v from ward.patients where patients.id = id; return v; end\';',
    sql: 'select ward.same_name(1)',
    is: ['opaque function same_name: PL/pgSQL: a name that is both a column and a variable [same_name]'],
  },
  {
    create: 'create function ward.hidden_column() returns text language plpgsql as \'declare ssn text := \'\'x\'\'; begin return (select p.name from ward.patients p where p.ssn = ssn); end\';',
    sql: 'select ward.hidden_column()',
    is: ['opaque function hidden_column: PL/pgSQL: a name that is both a column and a variable [hidden_column]'],
  },
  {
    create: 'create function ward.columns_first() returns text language plpgsql as $$ #variable_conflict use_column\ndeclare ssn text := \'x\'; v text; begin select p.name into v from ward.patients p where p.id = 1 and ssn is not null; return v; end $$;',
    sql: 'select ward.columns_first()',
    is: ['out columns_first <- patients.name copied', 'use predicate patients.ssn by IS NULL', 'reads patients, archived'],
  },
  {
    create: 'create function ward.variables_first() returns text language plpgsql as $$ #variable_conflict use_variable\ndeclare ssn text := \'x\'; begin return ssn; end $$;',
    sql: 'select ward.variables_first()',
    is: ['opaque function variables_first: PL/pgSQL: option variable_conflict [variables_first]'],
  },
  {
    create: 'create function ward.qualified_by_function(id bigint) returns text language plpgsql as $$ begin return (select p.name from ward.patients p where p.id = qualified_by_function.id); end $$;',
    sql: 'select ward.qualified_by_function(1)',
    is: ['out qualified_by_function <- patients.name copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.ordered_by_output() returns table (name text) language plpgsql as $$ begin return query select p.name from ward.patients p order by name; end $$;',
    sql: 'select * from ward.ordered_by_output()',
    is: ['out name <- patients.name copied', 'use order patients.name by ORDER BY', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.nested_names(x int) returns int language plpgsql as $$ <<o>> declare x int := 3; begin declare x text := \'a\'; begin return o.x + length(x) + nested_names.x; end; end $$;',
    sql: 'select ward.nested_names(3)',
    is: [],
  },
  {
    create: 'create function ward.name_like_keyword() returns json language plpgsql as $$ declare r record; out text := \'\'; begin for r in select 1 as a, \'x\' as b loop out := out || r.a::text || r.b; end loop; return json_build_object(\'x\', out); end $$;',
    sql: 'select ward.name_like_keyword()',
    is: [],
  },
  {
    create: 'create function ward.name_of_inner_column(kind text) returns text language plpgsql as $$ begin return (select p.name from ward.patients p where p.id = (select v.patient_id from ward.visits v where v.id = 3) and p.sex = kind); end $$;',
    sql: 'select ward.name_of_inner_column(\'x\')',
    is: ['out name_of_inner_column <- patients.name copied', 'reads patients, archived, visits'],
  },
  {
    create: 'create function ward.ordered_by_result(kind text) returns table (ssn text) language plpgsql as $$ begin return query select p.ssn as ssn from ward.patients p where p.sex = kind order by ssn; end $$;',
    sql: 'select * from ward.ordered_by_result(\'x\')',
    is: ['out ssn <- patients.ssn copied', 'use order patients.ssn by ORDER BY', 'reads patients, archived'],
  },
  {
    create: 'create function ward.output_named_by_variable(v int) returns table (x text) language plpgsql as $$ begin return query select t.int4 from (select v::int, p.name as int4 from ward.patients p) t; end $$;',
    sql: 'select * from ward.output_named_by_variable(1)',
    is: ['opaque function output_named_by_variable: PL/pgSQL: an output named by a variable [output_named_by_variable]'],
  },
  {
    create: 'create function ward.arms(ssn text) returns setof text language plpgsql as $$ #variable_conflict use_column\nbegin return query select ssn from ward.patients union all select ssn; end $$;',
    sql: 'select * from ward.arms(\'x\')',
    is: ['out arms <- patients.ssn copied', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.aliases(one int) returns int language plpgsql as $$ declare a alias for one; b alias for $1; begin a := 4; return b + $1; end $$;',
    sql: 'select ward.aliases(weight) from ward.patients where id = 3',
    is: ['out aliases <- patients.weight derived', 'use error patients.weight by pg_catalog.int4pl', 'reads patients, archived'],
  },
  {
    create: 'create function ward.variable_in_where(x int) returns int language plpgsql as $$ begin return (select x from ward.rooms where floor = x limit 1); end $$;',
    sql: 'select ward.variable_in_where(3)',
    is: ['reads rooms'],
  },
  {
    create: 'create function ward.quoted_name() returns text language plpgsql as $$ declare "Odd Name" text; begin select ssn into "Odd Name" from ward.patients where id = 1; return "Odd Name" || \'x\'; end $$;',
    sql: 'select ward.quoted_name()',
    is: ['out quoted_name <- patients.ssn derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.with_query() returns text language plpgsql as $$ begin return (with q as (select name as n from ward.patients where id = 1) select n from q); end $$;',
    sql: 'select ward.with_query()',
    is: ['out with_query <- patients.name copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.with_query_and_name(n text) returns text language plpgsql as $$ begin return (with q as (select name as n from ward.patients where id = 1) select n from q); end $$;',
    sql: 'select ward.with_query_and_name(\'x\')',
    is: ['opaque function with_query_and_name: PL/pgSQL: a name that is both a column and a variable [with_query_and_name]'],
  },
  {
    create: 'create function ward.row_and_alias(p ward.patients) returns text language plpgsql as $$ begin return (select p.name from ward.staff p where p.id = 1); end $$;',
    sql: 'select ward.row_and_alias(x) from ward.patients x where id = 1',
    is: ['opaque function row_and_alias: PL/pgSQL: a name that is both a column and a variable [row_and_alias]'],
  },
  {
    create: 'create function ward.later_name() returns text language plpgsql as $$ declare a text := (select name from ward.patients where id = 1); begin declare a text := a || \'x\'; begin return a; end; end $$;',
    sql: 'select ward.later_name()',
    is: ['out later_name <- patients.name derived', 'reads patients, archived'],
  },
  {
    create: 'create function ward.loop_name(i text) returns text language plpgsql as $$ declare t text := \'\'; begin for i in 1..3 loop t := t || i; end loop; return i || t; end $$;',
    sql: 'select ward.loop_name(name) from ward.patients where id = 1',
    is: ['out loop_name <- patients.name derived', 'reads patients, archived'],
  },
  // conditions on PHI, counts of rows
  {
    create: 'create function ward.starts_with_a(who bigint) returns text language plpgsql as \'declare v text; begin select name into v from ward.patients where id = who; if v like \'\'A%\'\' then return \'\'yes\'\'; end if; return \'\'no\'\'; end\';',
    sql: 'select ward.starts_with_a(3)',
    is: ['use case patients.name by IF', 'reads patients, archived'],
  },
  {
    create: 'create function ward.strict_row(a text) returns text language plpgsql as $$ declare v text; begin select name into strict v from ward.patients where ssn = a; return \'found\'; end $$;',
    sql: 'select ward.strict_row(\'123\')',
    is: ['use predicate patients.ssn by =', 'reads patients, archived'],
  },
  {
    create: 'create function ward.if_found() returns text language plpgsql as $$ declare r record; begin select id, name into r from ward.patients where id = 1; if not found then return null; end if; return r.name; end $$;',
    sql: 'select ward.if_found()',
    is: ['out if_found <- patients.name copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.case_of(k text) returns int language plpgsql as $$ declare w int; begin select weight into w from ward.patients where id = 1; case k when \'a\', \'b\' then return w; when \'c\' then return 0; else return -1; end case; end $$;',
    sql: 'select ward.case_of(\'a\'), ward.case_of(name) from ward.patients where id = 7',
    is: ['out case_of <- patients.weight copied', 'out case_of <- patients.weight copied', 'use case patients.name by CASE', 'reads patients, archived'],
  },
  {
    create: 'create function ward.found_by_predicate() returns text language plpgsql as $$ begin perform 1 from ward.patients where name like \'A%\'; if found then return \'y\'; end if; return \'n\'; end $$;',
    sql: 'select ward.found_by_predicate()',
    is: ['use predicate patients.name by ~~', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.counted_by_predicate() returns bigint language plpgsql as $$ declare n bigint; begin perform name from ward.patients where ssn > \'5\'; get diagnostics n = row_count; return n; end $$;',
    sql: 'select ward.counted_by_predicate()',
    is: ['use predicate patients.ssn by >', 'reads patients, archived'],
  },
  {
    create: 'create function ward.case_without_else(x text) returns text language plpgsql as $$ begin case x when \'a\' then return \'a\'; end case; end $$;',
    sql: 'select ward.case_without_else(name) from ward.patients where id = 1',
    is: ['use case patients.name by CASE', 'reads patients, archived'],
  },
  // loops that PHI counts
  {
    create: 'create function ward.sum_to(int) returns int language plpgsql as \'declare r int := 0; begin for i in 1..$1 loop r := r + i; end loop; return r; end\';',
    sql: 'select ward.sum_to(3)',
    is: [],
  },
  {
    create: 'create function ward.count_to_weight() returns int language plpgsql as $$ declare n int := 0; w int; begin select weight into w from ward.patients where id = 1; for i in 1..w loop n := n + 1; end loop; return n; end $$;',
    sql: 'select ward.count_to_weight()',
    is: ['use rows patients.weight by FOR', 'reads patients, archived'],
  },
  {
    create: 'create function ward.bound_cursor() returns int language plpgsql as $$ declare c cursor (k int) for select id, ssn from ward.patients where id = k; begin for r in c(3) loop if r.id > 2 then return 1; end if; end loop; return 0; end $$;',
    sql: 'select ward.bound_cursor()',
    is: ['reads patients, archived'],
  },
  {
    create: 'create function ward.until_weight() returns int language plpgsql as $$ declare w int := 0; n int := 0; begin select weight into w from ward.patients where id = 1; while w > 0 loop w := w - 1; n := n + 1; exit when n > w; end loop; return n; end $$;',
    sql: 'select ward.until_weight()',
    is: ['use case patients.weight by WHILE', 'use error patients.weight by pg_catalog.int4mi', 'use case patients.weight by EXIT', 'reads patients, archived'],
  },
  {
    create: 'create function ward.loop_over_union() returns text language plpgsql as $$ declare n text; begin for n in select name from ward.patients union select email from ward.staff loop return n; end loop; end $$;',
    sql: 'select ward.loop_over_union()',
    is: ['out loop_over_union <- patients.name copied', 'use set-operation patients.name by set operation', 'reads patients, archived, staff', 'unbounded'],
  },
  {
    create: 'create function ward.elements() returns setof text language plpgsql as $$ declare v text; begin foreach v in array array[\'a\',\'b\'] loop return next v; end loop; return; end $$;',
    sql: 'select ward.elements()',
    is: [],
  },
  // writes
  {
    create: 'create function ward.write_rooms(who bigint) returns void language plpgsql as \'begin update ward.rooms set floor = 3 where id = who; delete from ward.scratch; end\';',
    sql: 'select ward.write_rooms(3)',
    is: ['update rooms', 'delete scratch', 'destroy scratch', 'reads rooms', 'unbounded'],
  },
  {
    create: 'create function ward.copy_out() returns void language plpgsql as $$ begin insert into ward.scratch (id, a) select id, ssn from ward.patients; end $$;',
    sql: 'select ward.copy_out()',
    is: ['use written patients.ssn by scratch.a', 'create scratch', 'reads patients, archived', 'unbounded'],
  },
  {
    create: 'create function ward.rows_written() returns bigint language plpgsql as $$ declare n bigint; begin update ward.rooms set floor = 1 where id = 3; get diagnostics n = row_count; return n; end $$;',
    sql: 'select ward.rows_written()',
    is: ['update rooms', 'reads rooms'],
  },
  {
    create: 'create function ward.set_floor(x int) returns int language plpgsql as $$ begin update ward.rooms set floor = x where id = x; return 1; end $$;',
    sql: 'select case when ssn like \'9%\' then ward.set_floor(1) else 0 end from ward.patients where id = 1',
    is: ['out case <- patients.ssn derived', 'use function patients.ssn by set_floor', 'use written patients.ssn by rooms', 'update rooms', 'reads patients, archived, rooms'],
  },
  {
    create: 'create function ward.new_scratch() returns bigint language plpgsql as $$ declare n bigint; begin insert into ward.scratch (id, a) values (1, \'x\') returning id into n; return n; end $$;',
    sql: 'select ward.new_scratch()',
    is: ['create scratch', 'reads scratch'],
  },
  {
    create: 'create function ward.delete_patient() returns void language plpgsql as $$ begin delete from ward.patients where id = 3; end $$;',
    sql: 'select ward.delete_patient()',
    is: ['delete patients', 'delete visits', 'reads patients, archived'],
  },
  {
    create: 'create function ward.next_number() returns bigint language plpgsql as $$ begin return nextval(\'ward.numbers\'); end $$;',
    sql: 'select ward.next_number()',
    is: ['update numbers'],
  },
  {
    create: 'create function ward.copy_in_class() returns void language plpgsql as $$ declare p ward.patients; begin select * into p from ward.patients where id = 1; insert into ward.copies values (p.id, p.ssn, p.name); end $$;',
    sql: 'select ward.copy_in_class()',
    is: ['use error patients.ssn by constraint of copies', 'create copies', 'reads patients, archived'],
  },
  {
    create: 'create function ward.copy_across_classes() returns void language plpgsql as $$ declare p ward.patients; begin select * into p from ward.patients where id = 1; insert into ward.copies (id, ssn, name) values (p.id, p.name, p.ssn); end $$;',
    sql: 'select ward.copy_across_classes()',
    is: ['use written patients.name by copies.ssn', 'use written patients.ssn by copies.name', 'use error patients.name by constraint of copies', 'create copies', 'reads patients, archived'],
  },
  {
    create: 'create function ward.update_by_ssn(n text) returns void language plpgsql as $$ begin update ward.patients set name = n where ssn = n; end $$;',
    sql: 'select ward.update_by_ssn(\'x\')',
    is: ['use predicate patients.ssn by =', 'update patients', 'reads patients, archived'],
  },
  {
    create: 'create function ward.through_view(n text) returns void language plpgsql as $$ begin update ward.room_list set name = n where id = 3; end $$;',
    sql: 'select ward.through_view(\'x\')',
    is: ['update room_list', 'update rooms', 'reads room_list, rooms'],
  },
  {
    create: 'create function ward.with_rule() returns void language plpgsql as $$ declare i int := 4; begin insert into ward.ruled (id, a) values (i, \'x\'); end $$;',
    sql: 'select ward.with_rule()',
    is: ['create ruled', 'create scratch', 'reads ruled'],
  },
  {
    create: 'create function ward.with_trigger() returns void language plpgsql as $$ begin insert into ward.watched (id) values (1); end $$;',
    sql: 'select ward.with_trigger()',
    is: ['create watched', 'execute watch'],
  },
  {
    create: 'create function ward.upsert(i int, n text) returns text language plpgsql as $$ declare r text; begin insert into ward.rooms (id, name) values (i, n) on conflict (id) do update set name = excluded.name returning name into r; return r; end $$;',
    sql: 'select ward.upsert(1, \'x\')',
    is: ['create rooms', 'update rooms', 'reads rooms'],
  },
  {
    create: 'create function ward.merged(f int) returns void language plpgsql as $$ begin merge into ward.rooms r using ward.staff s on r.id = s.id when matched and r.floor < f then update set floor = f when not matched then insert (id, floor) values (s.id, f); end $$;',
    sql: 'select ward.merged(3)',
    is: ['create rooms', 'update rooms', 'reads rooms, staff', 'unbounded'],
  },
  {
    create: 'create function ward.strict_write(w text) returns void language plpgsql strict as $$ begin insert into ward.scratch (a) values (\'x\'); end $$;',
    sql: 'select ward.strict_write(ssn) from ward.patients where id = 1',
    is: ['use written patients.ssn by scratch', 'create scratch', 'reads patients, archived'],
  },
  {
    create: 'create function ward.strict_sql_write(w text) returns void language sql strict as $$ insert into ward.scratch (a) values (\'x\') $$;',
    sql: 'select ward.strict_sql_write(ssn) from ward.patients where id = 1',
    is: ['use written patients.ssn by scratch', 'create scratch', 'reads patients, archived'],
  },
  // messages and errors
  {
    create: 'create function ward.tell(who bigint) returns void language plpgsql as \'begin raise notice \'\'%\'\', (select ssn from ward.patients where id = who); end\';',
    sql: 'select ward.tell(3)',
    is: ['use error patients.ssn by RAISE', 'reads patients, archived'],
  },
  {
    create: 'create function ward.is_number(x text) returns boolean language plpgsql as $$ declare n int; begin n := x; return true; exception when others then return false; end $$;',
    sql: 'select ward.is_number(ssn) from ward.patients where id = 1',
    is: ['use error patients.ssn by assignment', 'use error patients.ssn by cast', 'reads patients, archived'],
  },
  {
    create: 'create function ward.asserted(x int) returns int language plpgsql as $$ begin assert x > 3, \'no\'; return 1; end $$;',
    sql: 'select ward.asserted(weight) from ward.patients where id = 1',
    is: ['use error patients.weight by ASSERT', 'reads patients, archived'],
  },
  {
    create: 'create function ward.refuse_heavy(x int) returns void language plpgsql as $$ begin if (select weight from ward.patients where id = x) > 100 then raise exception \'heavy\'; end if; end $$;',
    sql: 'select ward.refuse_heavy(1)',
    is: ['use case patients.weight by IF', 'reads patients, archived'],
  },
  {
    create: 'create function ward.tell_given(x text) returns void language plpgsql as $$ begin raise notice \'got %\', x; end $$;',
    sql: 'select ward.tell_given(\'mine\')',
    is: [],
  },
  {
    create: 'create function ward.notify_ssn() returns void language plpgsql as $$ begin perform pg_notify(\'c\', (select ssn from ward.patients where id = 1)); end $$;',
    sql: 'select ward.notify_ssn()',
    is: ['use error patients.ssn by pg_catalog.pg_notify', 'use function patients.ssn by pg_catalog.pg_notify', 'reads patients, archived'],
  },
  {
    create: 'create function ward.catch_duplicate() returns int language plpgsql as $$ begin begin insert into ward.copies (id, ssn) values (1, \'9\'); exception when unique_violation then return 0; end; return 1; end $$;',
    sql: 'select ward.catch_duplicate()',
    is: ['create copies'],
  },
  {
    create: 'create function ward.message_fields() returns text language plpgsql as $$ declare v text; begin select name into v from ward.patients where id = 1; raise exception using message = \'x\', detail = v; end $$;',
    sql: 'select ward.message_fields()',
    is: ['use error patients.name by RAISE', 'reads patients, archived'],
  },
  {
    create: 'create function ward.raised_again() returns int language plpgsql as $$ begin return (select weight from ward.patients where id = 1); exception when others then raise; end $$;',
    sql: 'select ward.raised_again()',
    is: ['out raised_again <- patients.weight copied', 'reads patients, archived'],
  },
  {
    create: 'create function ward.caught_cast() returns text language plpgsql as $$ begin perform name::int from ward.patients where id = 1; return \'a\'; exception when invalid_text_representation then return sqlstate; end $$;',
    sql: 'select ward.caught_cast()',
    is: ['use error patients.name by cast', 'reads patients, archived'],
  },
  // not understood
  {
    create: 'create function ward.open_cursor() returns refcursor language plpgsql as $$ declare c refcursor; begin open c for select ssn from ward.patients; return c; end $$;',
    sql: 'select ward.open_cursor()',
    is: ['opaque function open_cursor: PL/pgSQL: OPEN [open_cursor]'],
  },
  {
    create: 'create function ward.error_text() returns text language plpgsql as $$ begin perform 1/0; return \'\'; exception when others then return sqlerrm; end $$;',
    sql: 'select ward.error_text()',
    is: ['opaque function error_text: PL/pgSQL: SQLERRM [error_text]'],
  },
  {
    create: 'create function ward.named_cursor() returns int language plpgsql as $$ declare c cursor for select id, ssn from ward.patients; begin c := \'x\'; for r in c loop return 1; end loop; return 0; end $$;',
    sql: 'select ward.named_cursor()',
    is: ['opaque function named_cursor: PL/pgSQL: an assignment to a cursor [named_cursor]'],
  },
  {
    create: 'create function ward.change_path() returns text language plpgsql as $$ begin perform set_config(\'search_path\', \'pg_temp\', false); return (select name from ward.rooms limit 1); end $$;',
    sql: 'select ward.change_path()',
    is: ['opaque set_config beside a function whose names are looked up as it runs'],
  },
  {
    create: 'create function ward.with_settings() returns text language plpgsql set search_path = ward as $$ begin return (select ssn from patients limit 1); end $$;',
    sql: 'select ward.with_settings()',
    is: ['opaque function with_settings: runs under settings of its own [with_settings]'],
  },
  {
    create: 'create function ward.make_table() returns int language plpgsql as $$ begin create temp table t (i int); return 1; end $$;',
    sql: 'select ward.make_table()',
    is: ['opaque function make_table: PL/pgSQL: CREATE [make_table]'],
  },
  {
    create: 'create function ward.each_other() returns text language plpgsql as $$ begin return ward.the_other(); end $$; create function ward.the_other() returns text language plpgsql as $$ begin return ward.each_other(); end $$;',
    sql: 'select ward.each_other()',
    is: ['opaque function each_other: calls itself, or too deep [each_other]'],
  },
  {
    create: 'create function ward.calls_dynamic(x int) returns int language plpgsql as $$ begin return ward.dynamic_int(x); end $$; create function ward.dynamic_int(x int) returns int language plpgsql as $$ begin execute \'x\'; return 1; end $$;',
    sql: 'select ward.calls_dynamic(1)',
    is: ['opaque function dynamic_int: PL/pgSQL: EXECUTE [dynamic_int]'],
  },
  { sql: 'select ward.tell_given(ssn) from ward.patients where id = 1', is: ['use error patients.ssn by RAISE', 'reads patients, archived'] },
  {
    sql: 'select case when ssn like \'9%\' then ward.two_steps(1) end from ward.patients where id = 1',
    is: ['out case <- patients.ssn derived', 'use written patients.ssn by scratch', 'create scratch', 'reads patients, archived, rooms'],
  },
  // DO
  { sql: 'do $$ begin perform ward.write_rooms(1); end $$', is: ['update rooms', 'delete scratch', 'destroy scratch', 'reads rooms', 'unbounded'] },
  {
    sql: 'do $$ declare r record; begin for r in select ssn from ward.patients loop raise info \'%\', r.ssn; end loop; end $$',
    is: ['use error patients.ssn by RAISE', 'reads patients, archived', 'unbounded'],
  },
  { sql: 'do $$ begin execute \'delete from ward.scratch\'; end $$', is: ['opaque DO block: PL/pgSQL: EXECUTE'] },
  {
    sql: 'do $$ begin if exists (select 1 from ward.patients p where p.ssn like \'9%\') then raise notice \'yes\'; end if; end $$',
    is: ['use predicate patients.ssn by ~~', 'reads patients, archived', 'unbounded'],
  },
  {
    sql: 'do $$ declare r record := ward.write_rooms(1); begin null; end $$',
    is: ['update rooms', 'delete scratch', 'destroy scratch', 'reads rooms', 'unbounded'],
  },
  { sql: 'do $$ begin do \'begin end\'; end $$', is: ['opaque DO block: PL/pgSQL: DO'] },
  { sql: 'do $$ begin commit; end $$', is: ['opaque DO block: PL/pgSQL: COMMIT'] },
  {
    sql: 'do $$ begin insert into ward.scratch (id) values (1); delete from ward.scratch; end $$',
    is: ['create scratch', 'delete scratch', 'destroy scratch', 'unbounded'],
  },
  { sql: 'do $$ declare n int; begin for i in 1..3 loop insert into ward.scratch (id) values (i); end loop; end $$', is: ['create scratch'] },
  {
    sql: 'do $$ begin perform set_config(\'search_path\', \'x\', false); end $$',
    is: ['opaque DO block: set_config beside a function whose names are looked up as it runs'],
  },
  { sql: 'do $$ declare r record; begin for r in select * from ward.rooms loop raise notice \'%\', r.name; end loop; end $$', is: ['reads rooms'] },
  { sql: 'do $$ declare v text; begin select ssn into v from ward.patients where id = 1; end $$', is: ['reads patients, archived'] },
  { sql: 'do $$ declare c cursor for select ssn from ward.patients; begin open c; end $$', is: ['opaque DO block: PL/pgSQL: OPEN'] },
  {
    sql: 'do $$ begin insert into ward.scratch (a) select ssn from ward.patients; end $$',
    is: ['use written patients.ssn by scratch.a', 'create scratch', 'reads patients, archived', 'unbounded'],
  },
  { sql: 'do $$ begin create temp table t (i int); end $$', is: ['opaque DO block: PL/pgSQL: CREATE'] },
  {
    sql: 'do $$ begin begin perform 1 / (weight - 70) from ward.patients where id = 1; exception when division_by_zero then null; end; end $$',
    is: ['use error patients.weight by pg_catalog.int4mi', 'use error patients.weight by pg_catalog.int4div', 'reads patients, archived'],
  },
  { sql: 'do $$ begin if true then; end $$', is: ['opaque DO block: PL/pgSQL: a statement that is not known'] },
  { sql: 'do $$ begin drop table ward.rooms; end $$', is: ['opaque DO block: PL/pgSQL: DROP'] },
  { sql: 'do $$ begin perform lo_export(1, \'export.txt\'); end $$', is: ['export pg_catalog.lo_export', 'closed read pg_catalog.lo_export'] },
  {
    sql: 'do $$ begin raise exception \'%\', (select string_agg(mrn, \' \') from ward.patients); end $$',
    is: ['use error patients.mrn by RAISE', 'reads patients, archived', 'unbounded'],
  },
  {
    sql: 'do $$ begin for i in 1..(select weight from ward.patients where id = 1) loop perform pg_sleep(1); end loop; end $$',
    is: ['use rows patients.weight by FOR', 'reads patients, archived'],
  },
  { sql: 'do $$ declare m mood := \'a\'; begin perform m; end $$', is: [] },
  { sql: 'do $$ declare v pg_class.relname%type; begin perform v; end $$', is: [] },
  {
    sql: 'do $$ declare r pg_class%rowtype; begin select * into r from pg_class where relname = \'patients\'; raise notice \'%\', r.relname; end $$',
    is: [],
  },
]
