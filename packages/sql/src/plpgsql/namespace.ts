/**
 * Which variable a name means at one place of a PL/pgSQL body. A chain from the innermost name outwards, kept at every embedded piece of
 * SQL as it was there, so that what is declared later is not seen earlier. Source: PostgreSQL, src/pl/plpgsql/src/pl_funcs.c
 * (plpgsql_ns_lookup).
 */

/** Innermost first; undefined: the end. */
export type Namespace = NameItem | undefined

export type NameItem =
  /** Begins a level: a block, a loop, a cursor's arguments, the function itself. */
  | { readonly kind: 'label'; readonly name: string | undefined; readonly outer: Namespace }
  | { readonly kind: 'variable'; readonly name: string; readonly variable: number; readonly outer: Namespace }

export interface FoundName {
  readonly variable: number
  /** How many of the names it took: 2 when the first was a label. */
  readonly taken: 1 | 2
}

export function withLabel(outer: Namespace, name: string | undefined): Namespace {
  return { kind: 'label', name, outer }
}

export function withVariable(outer: Namespace, name: string, variable: number): Namespace {
  return { kind: 'variable', name, variable, outer }
}

/**
 * @param names One to three; further ones are the caller's.
 * @param holdsFields Whether a variable is a record or composite: what follows its name is a field. A scalar is passed over there.
 */
export function lookUp(namespace: Namespace, names: readonly string[], holdsFields: (variable: number) => boolean): FoundName | undefined {
  const [first, second, third] = names
  const level: Extract<NameItem, { kind: 'variable' }>[] = []
  for (let item = namespace; item !== undefined; item = item.outer) {
    if (item.kind === 'variable') {
      level.push(item)
      if (item.name === first && (second === undefined || holdsFields(item.variable))) return { variable: item.variable, taken: 1 }
      continue
    }
    if (second !== undefined && item.name === first) {
      const labelled = level.find(({ name, variable }) => name === second && (third === undefined || holdsFields(variable)))
      if (labelled !== undefined) return { variable: labelled.variable, taken: 2 }
    }
    level.length = 0
  }
  return undefined
}

/** @returns whether a name is declared on the innermost level. */
export function isDeclaredHere(namespace: Namespace, name: string): boolean {
  for (let item = namespace; item?.kind === 'variable'; item = item.outer) if (item.name === name) return true
  return false
}
