/**
 * What changes under a running statement: each flip has two states, one that shows what is clean and one that shows PHI under the same names
 * and types, the DDL from one to the other, and statements that read it.
 */

export interface Flip {
  readonly name: string
  /** One transaction each: to PHI, and back. */
  readonly toPhi: readonly string[]
  readonly toClean: readonly string[]
  /** `@` stands for a comment that makes a text new, so that nothing kept is used. */
  readonly statements: readonly string[]
  /** Runs first in the session that sends these. */
  readonly session?: readonly string[]
}

export const RACE_SCHEMA = `
create schema shade;
create view clinic.flip as select id, sex as shown from clinic.patients;
create view clinic.flip_over as select id, shown || '' as again from clinic.flip;
create view clinic.pair as select id, sex as x, mrn as y from clinic.patients;
create function clinic.flip_label(bigint) returns text language sql stable as 'select sex from clinic.patients where id = $1';
create function clinic.flip_atomic(bigint) returns text language sql stable begin atomic select sex from clinic.patients where id = $1; end;
create function clinic.flip_rows() returns table (id bigint, shown text) language sql stable as 'select id, sex from clinic.patients';
create function clinic.pass(text) returns text language sql immutable as 'select ''x''::text';
create table clinic.swap_clean (id bigint primary key, note text);
create table clinic.swap_phi (id bigint primary key, note text);
create table clinic.cols (id bigint primary key, shown text, hidden text);
create table clinic.parent (id bigint, note text);
create table clinic.child_phi (id bigint, note text);
create table clinic.grow (id bigint, note text);
create table clinic.watched (id bigint, a text);
create function clinic.stamp() returns trigger language plpgsql as $$ begin new.a := (select ssn from clinic.patients where id = 1 + abs(new.id) % 200); return new; end $$;
grant usage on schema shade to analyst;
`

export const RACE_DATA = `
insert into clinic.swap_clean select id, 'clean ' || id from clinic.patients where id <= 40;
insert into clinic.swap_phi select id, ssn from clinic.patients where id <= 40;
insert into clinic.cols select id, 'clean ' || id, ssn from clinic.patients where id <= 40;
insert into clinic.parent select id, 'clean ' || id from clinic.patients where id <= 20;
insert into clinic.child_phi select id, mrn from clinic.patients where id <= 20;
insert into clinic.grow select id, 'clean ' || id from clinic.patients where id <= 20;
`

export const RACE_CLASSIFICATION = `
  clinic.swap_clean: { columns: { '*': none } }
  clinic.swap_phi: { columns: { id: none, note: ssn } }
  clinic.cols: { columns: { id: none, shown: none, hidden: ssn } }
  clinic.parent: { columns: { '*': none } }
  clinic.child_phi: { columns: { id: none, note: mrn } }
  clinic.grow: { columns: { id: none, note: none } }
  clinic.watched: { columns: { '*': none } }
`

/** The forms in which a column of a relation is read. */
const reads = (relation: string, column: string): readonly string[] => [
  `select @ ${column} from ${relation}`, `select @ upper(${column}) from ${relation} limit 9`, `select @ t::text from ${relation} t limit 9`, `select @ to_jsonb(t) from ${relation} t limit 9`, `copy (select @ ${column} || '' from ${relation}) to stdout`,
  `with q as (select @ ${column} || ' ' as v from ${relation}) select v from q limit 5`, `select @ (select ${column} || '' from ${relation} limit 1)`, `select @ coalesce(${column}, '-') from ${relation} join clinic.rooms r using (id)`, `values ((select @ max(${column}) from ${relation}))`,
  `select @ * from ${relation} limit 3`, `select @ ${column}::int from ${relation} where id > 2`, `select @ 1 / length(nullif(${column}, ${column})) from ${relation}`, `select @ ${column}::date from ${relation}`, `select @ id, concat(${column}, '.') from ${relation} order by id limit 4`,
]

export const FLIPS: readonly Flip[] = [
  {
    name: 'a view, clean or PHI', toPhi: ['create or replace view clinic.flip as select id, ssn as shown from clinic.patients'], toClean: ['create or replace view clinic.flip as select id, sex as shown from clinic.patients'],
    statements: [...reads('clinic.flip', 'shown'), ...reads('clinic.flip_over', 'again')],
  },
  {
    name: 'columns of a view change places', toPhi: ['create or replace view clinic.pair as select id, mrn as x, sex as y from clinic.patients'], toClean: ['create or replace view clinic.pair as select id, sex as x, mrn as y from clinic.patients'],
    statements: [...reads('clinic.pair', 'x'), ...reads('clinic.pair', 'y')],
  },
  {
    name: 'an SQL function is replaced', toPhi: ["create or replace function clinic.flip_label(bigint) returns text language sql stable as 'select ssn from clinic.patients where id = $1'"],
    toClean: ["create or replace function clinic.flip_label(bigint) returns text language sql stable as 'select sex from clinic.patients where id = $1'"],
    statements: ['select @ clinic.flip_label(3)', 'select @ upper(clinic.flip_label(id)) from clinic.rooms', 'copy (select @ clinic.flip_label(4)) to stdout', 'select @ (select clinic.flip_label(r.id) || \'\') from clinic.rooms r'],
  },
  {
    name: 'an SQL-standard function is replaced', toPhi: ['create or replace function clinic.flip_atomic(bigint) returns text language sql stable begin atomic select mrn from clinic.patients where id = $1; end'],
    toClean: ['create or replace function clinic.flip_atomic(bigint) returns text language sql stable begin atomic select sex from clinic.patients where id = $1; end'],
    statements: ['select @ clinic.flip_atomic(3)', 'select @ clinic.flip_atomic(id) || \'\' from clinic.rooms', 'values ((select @ clinic.flip_atomic(7)))'],
  },
  {
    name: 'a table function is replaced', toPhi: ["create or replace function clinic.flip_rows() returns table (id bigint, shown text) language sql stable as 'select id, ssn from clinic.patients'"],
    toClean: ["create or replace function clinic.flip_rows() returns table (id bigint, shown text) language sql stable as 'select id, sex from clinic.patients'"], statements: reads('clinic.flip_rows()', 'shown'),
  },
  {
    name: 'a function hands its argument through or not', toPhi: ["create or replace function clinic.pass(text) returns text language sql immutable as 'select $1'"], toClean: ["create or replace function clinic.pass(text) returns text language sql immutable as 'select ''x''::text'"],
    statements: ['select @ clinic.pass(ssn) from clinic.patients limit 5', 'select @ id from clinic.rooms where clinic.pass(name) <> \'\''],
  },
  {
    name: 'tables change names', toPhi: ['alter table clinic.swap_clean rename to swap_mid', 'alter table clinic.swap_phi rename to swap_clean', 'alter table clinic.swap_mid rename to swap_phi'],
    toClean: ['alter table clinic.swap_clean rename to swap_mid', 'alter table clinic.swap_phi rename to swap_clean', 'alter table clinic.swap_mid rename to swap_phi'], statements: reads('clinic.swap_clean', 'note'),
  },
  {
    name: 'columns of a table change names', toPhi: ['alter table clinic.cols rename shown to mid', 'alter table clinic.cols rename hidden to shown', 'alter table clinic.cols rename mid to hidden'],
    toClean: ['alter table clinic.cols rename shown to mid', 'alter table clinic.cols rename hidden to shown', 'alter table clinic.cols rename mid to hidden'], statements: reads('clinic.cols', 'shown'),
  },
  {
    name: 'a child with PHI joins and leaves', toPhi: ['alter table clinic.child_phi inherit clinic.parent'], toClean: ['alter table clinic.child_phi no inherit clinic.parent'], statements: reads('clinic.parent', 'note'),
  },
  {
    name: 'a column with PHI appears and goes', toPhi: ['alter table clinic.grow add column found text', 'update clinic.grow g set found = p.ssn from clinic.patients p where p.id = g.id'], toClean: ['alter table clinic.grow drop column found'],
    statements: ['select @ * from clinic.grow limit 4', 'select @ t::text from clinic.grow t limit 4', 'select @ row_to_json(t) from clinic.grow t limit 4', 'copy clinic.grow to stdout', 'select @ (t).* from (select g as t from clinic.grow g) q limit 3'],
  },
  {
    name: 'a relation earlier in the search path', toPhi: ['create view shade.rooms as select id::int, ssn as name, 1 as floor from clinic.patients'], toClean: ['drop view shade.rooms'], session: ['set search_path = shade, clinic'],
    statements: ['select @ name from rooms', 'select @ upper(name) from rooms', 'select @ t::text from rooms t', "copy (select @ name || '' from rooms) to stdout", 'select @ coalesce(name) from rooms order by id limit 3'],
  },
  {
    name: 'a function earlier in the search path', toPhi: ["create function shade.age_of(date) returns int language sql immutable as 'select 1'", "create function shade.touch(text) returns text language sql stable as 'select min(ssn) from clinic.patients'"],
    toClean: ['drop function shade.age_of(date)', 'drop function shade.touch(text)'], session: ['set search_path = shade, clinic'], statements: ["select @ age_of(date '1970-01-01')", "select @ touch('x')", 'select @ touch(name) from rooms'],
  },
  {
    name: 'a rule answers with rows', toPhi: ['create rule answers as on update to clinic.watched do instead select id, ssn as a from clinic.patients'], toClean: ['drop rule answers on clinic.watched'],
    statements: ["update clinic.watched set a = 'x' where id = 1", 'update clinic.watched set a = \'y\' where id = 2 returning a'],
  },
]
