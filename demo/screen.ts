/** What somebody sees who has just started the demo: one screen, lines to copy. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { DEMO_PRINCIPALS, OLGA, type DemoPrincipal } from './principals.ts'
import type { RunningDemo } from './start-demo.ts'

/** @param path The PATH of the shell. @param cwd Where the lines will be pasted. */
export function describeDemo(demo: RunningDemo, path: string, cwd: string): string {
  const { folder, database } = demo
  const here = (file: string): string => { const near = relative(cwd, file); return near === '' || near.startsWith('..') ? file : near }
  const hasPsql = isInstalled('psql', path)
  const [example] = database.clinic.patients
  return [
    '',
    `Doorward stands in front of a synthetic clinic: ${database.clinic.patients.length.toLocaleString('en-US')} invented patients in PostgreSQL ${database.server.major}.`,
    'Nobody in it exists. Connect as',
    '',
    ...DEMO_PRINCIPALS.flatMap((principal) => [`  ${principal.title}`, `    ${hasPsql ? psqlLine(principal, demo) : doorwardLine(principal, here(folder.configFile))}`]),
    '',
    'and try, as each of them',
    '',
    '    select id, mrn, first_name, last_name, dob, ssn, zip, diagnosis from clinic.patients where id between 1 and 3;',
    '    select body from clinic.notes where patient_id = 1;',
    `    select count(*) from clinic.patients where ssn = '${example?.ssn ?? ''}';`,
    '    delete from clinic.notes;',
    '',
    'All patients at once wait for a person. As Evan, ask',
    '',
    '    select id, mrn, last_name, ssn from clinic.patients;',
    '',
    'and as Olga, in another terminal, see who wants what, and let it go (ID is in the list; Evan himself is refused)',
    '',
    ...['list', 'show ID', 'approve ID'].map((what) => `    npx doorward approvals ${what} --as ${OLGA.name} --config ${here(folder.configFile)}`),
    '',
    `  Console      http://127.0.0.1:${demo.consolePort}`,
    `  Check log    npx doorward verify ${here(folder.auditDir)}`,
    `  Policies     ${here(join(folder.dir, 'policies'))}: edit, then start again`,
    '  Tour         npm start -- --tour',
    '',
    ...(hasPsql ? [] : ['psql is not installed here; "doorward sql" is a small client of our own.']),
    'The database is made anew at every start; the log, the policies and the secrets are kept. Ctrl-C stops everything.',
    '',
  ].join('\n')
}

function psqlLine(principal: DemoPrincipal, demo: RunningDemo): string {
  const secret = demo.folder.secrets.principals.get(principal.name)?.reveal() ?? '' // a demo's own secret, shown to the one who started it
  const options = principal.purpose === undefined ? '' : ` options='-c doorward.purpose=${principal.purpose}'`
  return `PGPASSWORD=${secret} psql "host=127.0.0.1 port=${demo.postgresPort} dbname=clinic user=${principal.name}${options}"`
}

function doorwardLine(principal: DemoPrincipal, configFile: string): string {
  const purpose = principal.purpose === undefined ? '' : ` --purpose ${principal.purpose}`
  return `npx doorward sql clinic --as ${principal.name}${purpose} --config ${configFile}`
}

function isInstalled(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return folder !== ''
    } catch {
      return false // not there, or not to be run by us: the next folder
    }
  })
}
