/** Policies under which statements wait: bulk reads of analysts, and whatever owners do to tables. */
export const HOLDING_POLICIES = `version: 1
policies:
  - id: analysts-read-masked
    who: { groups: [analysts, ai-agents] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read]
    effect: allow
    mask: { default: redact, mrn: token }
    hold: [{ when: "statement.bulk && statement.objects.exists(o, o == 'clinic.patients')", by: [officers], quorum: 1, expires: 10m }]
  - id: owners-change
    who: { groups: [owners] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read, create, update, delete, ddl, privilege, destroy]
    effect: allow
    hold:
      - { when: "statement.bulk", by: [officers], quorum: 2, expires: 10m }
      - { when: "statement.actions.exists(a, a in ['ddl', 'privilege', 'destroy'])", by: [officers], quorum: 2, expires: 10m }
  - id: readers-read
    who: { groups: [readers] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read]
    effect: allow
`
