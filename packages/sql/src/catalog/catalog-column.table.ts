/**
 * Columns of the system catalogs that are not simply open. `closed`: rows of tables, statistics of them, other people's statements.
 * `definition`: SQL text or a stored tree, in which somebody may have left a value. `comment`: free text. Everything else of pg_catalog
 * and information_schema may be browsed by whoever may connect. Source: PostgreSQL, System Catalogs; System Views.
 */
import type { CatalogColumn } from '../flow/walk.ts'

const CLOSED: readonly (readonly [string, readonly string[], string])[] = [
  ['pg_statistic', ['*'], 'values and frequencies of every analysed column'],
  ['pg_statistic_ext_data', ['*'], 'values and frequencies of combinations of columns'],
  ['pg_largeobject', ['data'], 'the contents of large objects'],
  ['pg_authid', ['rolpassword'], 'password verifiers'],
  ['pg_user_mapping', ['umoptions'], 'credentials for other servers'],
  ['pg_subscription', ['subconninfo'], 'credentials for other servers'],
]

const TEXTS: readonly (readonly [string, readonly string[], 'definition' | 'comment'])[] = [
  ['pg_description', ['description'], 'comment'], ['pg_shdescription', ['description'], 'comment'],
  ['pg_proc', ['prosrc', 'prosqlbody', 'proargdefaults', 'probin'], 'definition'],
  ['pg_rewrite', ['ev_action', 'ev_qual'], 'definition'], ['pg_attrdef', ['adbin'], 'definition'], ['pg_constraint', ['conbin'], 'definition'],
  ['pg_index', ['indexprs', 'indpred'], 'definition'], ['pg_trigger', ['tgargs', 'tgqual'], 'definition'], ['pg_class', ['relpartbound'], 'definition'],
  ['pg_partitioned_table', ['partexprs'], 'definition'], ['pg_policy', ['polqual', 'polwithcheck'], 'definition'], ['pg_type', ['typdefaultbin', 'typdefault'], 'definition'],
  ['pg_statistic_ext', ['stxexprs'], 'definition'], ['pg_publication_rel', ['prqual'], 'definition'], ['pg_aggregate', ['agginitval', 'aggminitval'], 'definition'],
  ['pg_attribute', ['attmissingval'], 'definition'], ['pg_seclabel', ['label'], 'comment'], ['pg_shseclabel', ['label'], 'comment'],
]

const COLUMNS: ReadonlyMap<string, CatalogColumn> = new Map<string, CatalogColumn>([
  ...CLOSED.flatMap(([relation, columns, note]) => columns.map(column => [`${relation}.${column}`, { kind: 'closed' as const, note }] as const)),
  ...TEXTS.flatMap(([relation, columns, kind]) => columns.map(column => [`${relation}.${column}`, { kind, note: 'text that people wrote' }] as const)),
])

/** @returns undefined: open. */
export function catalogColumn(relation: string, column: string): CatalogColumn | undefined {
  return COLUMNS.get(`${relation}.${column}`) ?? COLUMNS.get(`${relation}.*`)
}
