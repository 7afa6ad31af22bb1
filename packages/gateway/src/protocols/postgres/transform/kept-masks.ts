/**
 * Compiled masks, kept for as long as the decision that asked for them is: most statements are the same ones again. Kept by the decision's own
 * list of masks, by what the columns are and by what masks depend on besides values. Only for lists that are frozen, and for built-in types:
 * what a type of somebody's own is may change.
 */
import type { OutputMask } from '@doorward/core'
import type { CannotMask } from './cell-mask.ts'
import { compileMasks, type RowField, type RowMasks, type RowPlanRequest } from './plan-row.ts'

/** PostgreSQL, access/transam.h, FirstNormalObjectId. */
const FIRST_USER_OID = 16_384
/** Formats and purposes under one decision. */
const MAX_KEPT = 16

/** For one token key and one set of types. */
export class KeptMasks {
  readonly #kept = new WeakMap<readonly OutputMask[], Map<string, RowMasks>>()
  /** Keys of lists of columns that are frozen: kept descriptions. */
  readonly #columns = new WeakMap<readonly RowField[], { readonly key: string | undefined }>()

  compile(request: Omit<RowPlanRequest, 'observer'>): RowMasks | CannotMask {
    const key = Object.isFrozen(request.masks) ? this.#keyOf(request) : undefined
    if (key === undefined) return compileMasks(request)
    const known = this.#kept.get(request.masks)
    const found = known?.get(key)
    if (found !== undefined) return found
    const compiled = compileMasks(request)
    if (compiled.kind !== 'masks') return compiled
    if (known === undefined) this.#kept.set(request.masks, new Map([[key, compiled]]))
    else if (known.size < MAX_KEPT) known.set(key, compiled)
    return compiled
  }

  #keyOf({ fields, context }: Omit<RowPlanRequest, 'observer'>): string | undefined {
    let columns = this.#columns.get(fields)
    if (columns === undefined) {
      columns = { key: columnsKey(fields) }
      if (Object.isFrozen(fields)) this.#columns.set(fields, columns)
    }
    return columns.key === undefined ? undefined : `${context.purpose ?? ''} ${context.asOfYear}${columns.key}`
  }
}

/** What masks depend on of the columns; undefined: not kept. */
function columnsKey(fields: readonly RowField[]): string | undefined {
  let key = ''
  for (const { typeOid, typeModifier, format } of fields) {
    if (typeOid >= FIRST_USER_OID) return undefined
    key += ` ${typeOid}.${typeModifier}.${format}`
  }
  return key
}
