/**
 * Which class a stored column has. The classification names tables and columns; here those names are bound to OIDs and attribute
 * numbers when first seen, so that a rename does not make a column less strict within a process. Where it stops: a rename before the first
 * sight is a rename the operator has to repeat in the file. Views are not classified at all: what they show follows from their tables.
 */
import { classOf, type Classification, type PhiClass } from '@doorward/core'
import type { Catalog, RelationFacts } from './facts.ts'

export interface ColumnClasses {
  /** The class of a column; of a relation that is not in the catalog snapshot the classification's `unclassified`. */
  classOf(relationOid: number, attribute: number): PhiClass
  /** The attribute that names the patient of a relation's rows; undefined: the classification names none. */
  subjectOf(relationOid: number): number | undefined
  /** Binds every column of these relations now, before somebody renames one. */
  bind(relations: Iterable<RelationFacts>): void
  /** Digest of the classification's bytes, as given. */
  readonly version: string
  /** The same classes over another view of the same database: what is bound by now stays so, and what that view binds is its own. */
  over(catalog: Catalog): ColumnClasses
}

/** @param catalog The snapshot as it is whenever a class is asked for. */
export function bindClassification(catalog: Catalog, classification: Classification): ColumnClasses {
  return bindOver(catalog, classification, new Map(), new Map())
}

/** @param bound by relation and attribute. @param subjects by relation. */
function bindOver(catalog: Catalog, classification: Classification, bound: Map<string, PhiClass>, subjects: Map<number, number>): ColumnClasses {
  const classOfColumn = (facts: RelationFacts, attribute: number): PhiClass => {
    const key = `${facts.oid}.${attribute}`
    const known = bound.get(key)
    // Bound to a class of PHI it stays so, whatever it is called today.
    if (known !== undefined && known !== 'none') return known
    const column = facts.attributes.get(attribute)
    const named = column === undefined ? classification.unclassified : classOf(classification, `${facts.schema}.${facts.name}`, column.name)
    bound.set(key, named)
    return named
  }

  const subjectOfRelation = (facts: RelationFacts): number | undefined => {
    const name = classification.tables.get(`${facts.schema}.${facts.name}`)?.patient
    const named = name === undefined ? undefined : [...facts.attributes.values()].find(attribute => attribute.name === name && !attribute.dropped)
    if (named !== undefined) subjects.set(facts.oid, named.number)
    return subjects.get(facts.oid)
  }

  return {
    version: classification.version,
    // What a session has not committed may be gone tomorrow.
    over: other => bindOver(other, classification, new Map(bound), new Map(subjects)),
    classOf: (relationOid, attribute) => {
      // System columns hold no data of their own; ctid and tableoid are followed where they are read.
      if (attribute < 0) return 'none'
      const facts = catalog.relation(relationOid)
      return facts === undefined ? classification.unclassified : classOfColumn(facts, attribute)
    },
    subjectOf: relationOid => {
      const facts = catalog.relation(relationOid)
      return facts === undefined ? undefined : subjectOfRelation(facts)
    },
    bind: relations => {
      for (const facts of relations) {
        subjectOfRelation(facts)
        for (const number of facts.attributes.keys()) classOfColumn(facts, number)
      }
    },
  }
}
