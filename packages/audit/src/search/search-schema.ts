/** The tables of the search index. It holds nothing that the log does not; another version of the schema is another index, built anew. */
import type { DatabaseSync } from 'node:sqlite'

export const SCHEMA_VERSION = 1

const TABLES = `
  create table entry (
    idx integer primary key, at integer not null, kind text not null, session text, statement text, resource text, purpose text, client text,
    decision text, policy text, status text, rows integer, bytes integer, intent integer, more integer, unknown text
  ) strict;
  create index entry_at on entry (at);
  create index entry_kind on entry (kind, at);
  create index entry_session on entry (session) where session is not null;
  create index entry_intent on entry (intent) where intent is not null;
  create table party (idx integer not null, role text not null, id text not null, name text not null, primary key (idx, role, id)) strict, without rowid;
  create index party_id on party (id, idx);
  create index party_name on party (name, idx);
  create table object (idx integer not null, name text not null, action text not null, primary key (idx, name, action)) strict, without rowid;
  create index object_name on object (name, idx);
  create table class (idx integer not null, name text not null, primary key (idx, name)) strict, without rowid;
  create index class_name on class (name, idx);
  create table patient (digest text not null, event integer not null, primary key (digest, event)) strict, without rowid;
  create index patient_event on patient (event);
  create table built (origin text not null, size integer not null, edge text not null) strict;
`

const NAMES = ['entry', 'party', 'object', 'class', 'patient', 'built'] as const

/** Makes the tables, or, when they are of another version, makes them anew. */
export function prepareSchema(database: DatabaseSync): void {
  const { user_version: version } = database.prepare('pragma user_version').get() as { user_version: number } // SQLite answers with one integer
  if (version === SCHEMA_VERSION) return
  database.exec('begin immediate')
  try {
    for (const name of NAMES) database.exec(`drop table if exists ${name}`)
    database.exec(TABLES)
    database.exec(`pragma user_version = ${SCHEMA_VERSION}`)
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}

/** Forgets entries from this one on. */
export function clearTables(database: DatabaseSync, from: number): void {
  for (const name of ['entry', 'party', 'object', 'class'] as const) database.prepare(`delete from ${name} where idx >= ?`).run(from)
  database.prepare('delete from patient where event >= ?').run(from)
  database.exec('delete from built')
}
