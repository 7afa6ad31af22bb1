/** The schema `clinic` of the synthetic clinic: nine tables and three views. Runs on PostgreSQL 15 and later. */

export const CLINIC_SCHEMA_SQL = `
create schema clinic;

create table clinic.providers (
  id integer primary key,
  name text not null,
  credential text not null,
  specialty text not null,
  email text not null
);

create table clinic.rooms (
  id integer primary key,
  name text not null,
  floor integer not null,
  kind text not null
);

create table clinic.patients (
  id integer primary key,
  mrn text not null unique,
  first_name text not null,
  last_name text not null,
  sex text not null,
  dob date not null,
  ssn text not null unique,
  phone text not null,
  email text,
  street text not null,
  town text not null,
  zip text not null,
  member_id text,
  diagnosis text,
  provider_id integer not null references clinic.providers,
  created_at timestamptz not null
);

create table clinic.encounters (
  id integer primary key,
  patient_id integer not null references clinic.patients,
  provider_id integer not null references clinic.providers,
  room_id integer not null references clinic.rooms,
  kind text not null,
  reason text not null,
  started_at timestamptz not null,
  minutes integer not null
);

create table clinic.diagnoses (
  id integer primary key,
  patient_id integer not null references clinic.patients,
  encounter_id integer not null references clinic.encounters,
  code text not null,
  description text not null,
  status text not null,
  onset_on date not null
);

create table clinic.medications (
  id integer primary key,
  patient_id integer not null references clinic.patients,
  encounter_id integer not null references clinic.encounters,
  drug text not null,
  dose text not null,
  frequency text not null,
  started_on date not null,
  ended_on date
);

create table clinic.labs (
  id integer primary key,
  patient_id integer not null references clinic.patients,
  encounter_id integer not null references clinic.encounters,
  code text not null,
  name text not null,
  value numeric(8,2) not null,
  unit text not null,
  flag text,
  taken_at timestamptz not null
);

create table clinic.appointments (
  id integer primary key,
  patient_id integer not null references clinic.patients,
  provider_id integer not null references clinic.providers,
  room_id integer not null references clinic.rooms,
  starts_at timestamptz not null,
  minutes integer not null,
  status text not null,
  reason text not null
);

create table clinic.notes (
  id integer primary key,
  patient_id integer not null references clinic.patients,
  encounter_id integer not null references clinic.encounters,
  author_id integer not null references clinic.providers,
  kind text not null,
  body text not null,
  written_at timestamptz not null
);

create view clinic.patient_directory as
  select p.id, p.mrn, p.last_name || ', ' || p.first_name as full_name, p.dob, p.phone, p.town, v.name as provider
  from clinic.patients p join clinic.providers v on v.id = p.provider_id;

create view clinic.active_medications as
  select m.id, m.patient_id, p.mrn, m.drug, m.dose, m.frequency, m.started_on
  from clinic.medications m join clinic.patients p on p.id = m.patient_id
  where m.ended_on is null;

create view clinic.provider_workload as
  select v.id, v.name, v.specialty, count(e.id) as encounters, coalesce(sum(e.minutes), 0) as minutes
  from clinic.providers v left join clinic.encounters e on e.provider_id = v.id
  group by v.id, v.name, v.specialty;
`

/** After the rows: faster than before them. */
export const CLINIC_INDEX_SQL = `
create index on clinic.encounters (patient_id);
create index on clinic.diagnoses (patient_id);
create index on clinic.medications (patient_id);
create index on clinic.labs (patient_id);
create index on clinic.appointments (patient_id);
create index on clinic.notes (patient_id);
create index on clinic.patients (last_name);
`
