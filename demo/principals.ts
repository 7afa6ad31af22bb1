/** The three who come to the demo clinic. Their rights are in policies/; their secrets are made when the demo first starts. */

export interface DemoPrincipal {
  readonly name: 'dana' | 'evan' | 'scout'
  readonly kind: 'human' | 'agent'
  readonly group: string
  /** For people to read: who it is and what it gets. */
  readonly title: string
  readonly purpose: string | undefined
}

export const DANA: DemoPrincipal = { name: 'dana', kind: 'human', group: 'clinicians', title: 'Dana, a clinician: sees PHI, for treatment', purpose: 'TREAT' }
export const EVAN: DemoPrincipal = { name: 'evan', kind: 'human', group: 'engineers', title: 'Evan, an engineer: works with the data, PHI is masked', purpose: undefined }
export const SCOUT: DemoPrincipal = { name: 'scout', kind: 'agent', group: 'ai-agents', title: 'Scout, an AI agent: PHI is masked, 50 rows a statement', purpose: undefined }

export const DEMO_PRINCIPALS: readonly DemoPrincipal[] = [DANA, EVAN, SCOUT]
