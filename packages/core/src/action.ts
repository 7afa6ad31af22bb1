/** What a policy's `actions:` may name (DESIGN.md, Files an operator writes). */
export const ACTIONS = ['read', 'create', 'update', 'delete', 'ddl', 'privilege', 'destroy', 'export', 'execute', 'connect'] as const
export type Action = (typeof ACTIONS)[number]

const KNOWN: ReadonlySet<string> = new Set(ACTIONS)

export function isAction(text: string): text is Action {
  return KNOWN.has(text)
}
