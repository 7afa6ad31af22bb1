/**
 * The tables of the state, as steps from one version to the next. A step that was released is never edited. Plain SQL in the subset that
 * SQLite and PostgreSQL share: text, bigint milliseconds, `on conflict`.
 */

export const MIGRATIONS: readonly string[] = [
  `create table requests (
     id text primary key, state text not null, note text, asked_ms bigint not null, expires_ms bigint not null, use_by_ms bigint, ended_ms bigint,
     mode text not null, statement text not null, issuer text not null, subject text not null, name text not null, acting_for text not null,
     binding text not null, policy_version text not null, approvers text not null, quorum bigint not null, expires_after_ms bigint not null,
     estimated_rows bigint, view text not null
   );
   create index requests_by_state on requests (state, asked_ms);
   create index requests_by_binding on requests (binding);
   create table votes (
     request text not null references requests (id), issuer text not null, subject text not null, name text not null, verdict text not null,
     groups text not null, at_ms bigint not null, primary key (request, issuer, subject)
   );
   create table seen (request text not null references requests (id), issuer text not null, subject text not null, at_ms bigint not null, primary key (request, issuer, subject));
   create table sessions (
     id text primary key, process text not null, protocol text not null, resource text not null, client text not null,
     issuer text not null, subject text not null, name text not null, opened_ms bigint not null
   );
   create table revocations (issuer text not null, subject text not null, name text not null, at_ms bigint not null, revoked_by text not null, primary key (issuer, subject));
   create table failures (key text primary key, failed bigint not null, first_ms bigint not null, locked_until_ms bigint not null);
   create index failures_by_age on failures (first_ms);`,
]
