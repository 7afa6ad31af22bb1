/** A configuration for tests of commands: one clinic, one local principal, secrets from the environment. A piece of the tests. */

/** The secrets it names. */
export const FAKE_ENV = { DANA_SECRET: 'dana-secret', CLINIC_PASSWORD: 'clinic-password', ANALYSIS_PASSWORD: 'analysis-password' }

/** @param audit the value of `audit`. @param more lines at the end. @param listen where PostgreSQL clients come. */
export function fakeConfig(audit: string, more = '', listen = '127.0.0.1:0'): string {
  return `version: 1
listen: { postgres: ${listen} }
unsafelyAllowPlaintextClients: true
state: ./state
audit: ${audit}
identity:
  local: [{ name: dana, kind: human, secret: { env: DANA_SECRET }, groups: [clinicians] }]
resources:
  clinic:
    kind: postgres
    upstream: { host: 127.0.0.1, port: 5432, database: clinic, user: doorward, password: { env: CLINIC_PASSWORD }, unsafelyAllowPlaintext: true }
    analysis: { user: analyst, password: { env: ANALYSIS_PASSWORD } }
    classification: ./clinic.phi.yaml
policies: [./policies]
${more}`
}
