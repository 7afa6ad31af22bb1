/** The four who come to the demo clinic. Their rights are in policies/; their secrets are made when the demo first starts. */

export interface DemoPrincipal {
  readonly name: 'dana' | 'evan' | 'olga' | 'scout'
  readonly kind: 'human' | 'agent'
  readonly groups: readonly string[]
  /** For people to read: who it is and what it gets. */
  readonly title: string
  readonly purpose: string | undefined
}

export const DANA: DemoPrincipal = { name: 'dana', kind: 'human', groups: ['clinicians'], title: 'Dana, a clinician: sees PHI, for treatment', purpose: 'TREAT' }
export const EVAN: DemoPrincipal = { name: 'evan', kind: 'human', groups: ['engineers'], title: 'Evan, an engineer: works with the data, PHI is masked', purpose: undefined }
/** An engineer as well, so that a statement of her own can wait: she is an officer, and still not hers to approve. */
export const OLGA: DemoPrincipal = { name: 'olga', kind: 'human', groups: ['engineers', 'privacy-officers'], title: 'Olga, a privacy officer: works like Evan, and approves what waits', purpose: undefined }
export const SCOUT: DemoPrincipal = { name: 'scout', kind: 'agent', groups: ['ai-agents'], title: 'Scout, an AI agent: PHI is masked, 50 rows a statement', purpose: undefined }

export const DEMO_PRINCIPALS: readonly DemoPrincipal[] = [DANA, EVAN, OLGA, SCOUT]
