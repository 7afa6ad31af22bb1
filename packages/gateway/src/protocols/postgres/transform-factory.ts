/** Binds the transforms to a resource's types, keys and clock, in the shape that a session asks for. */
import type { Purpose, Sensitive } from '@doorward/core'
import type { MaskContext } from '@doorward/phi'
import type { TransformFactory } from './session/answer.ts'
import { planCatalogTexts } from './transform/catalog-text.ts'
import { planCopyOut } from './transform/plan-copy-out.ts'
import { planRow } from './transform/plan-row.ts'
import { rewriteErrorFields } from './transform/rewrite-error.ts'
import type { TypeLookup } from './transform/type-shape.ts'

export interface TransformParts {
  readonly types: TypeLookup
  /** Whether a comment of the catalog may be shown. */
  readonly isShownComment: (text: string) => boolean
  /** Makes tokens; undefined: tokens are redacted. */
  readonly tokenKey: Sensitive<Buffer> | undefined
  readonly purpose: () => Purpose | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export function createTransformFactory(parts: TransformParts): TransformFactory {
  const context = (): MaskContext => ({ tokenKey: parts.tokenKey, purpose: parts.purpose(), asOfYear: new Date(parts.now()).getUTCFullYear() })
  return {
    planRows(fields, masks, texts) {
      const plan = planRow({ fields, masks, types: parts.types, context: context() })
      const rewrite = planCatalogTexts(fields, texts, parts.isShownComment)
      if (plan.kind === 'plan' && rewrite !== undefined) return { kind: 'plan', transform: { identity: false, transformDataRow: (body) => rewrite(plan.transformDataRow(body)) } }
      return plan.kind === 'plan' ? { kind: 'plan', transform: plan } : { kind: 'cannot-mask', why: `output ${plan.output + 1} cannot be masked: ${plan.reason}` }
    },
    planCopy(plan, masks) {
      const { copy, understanding } = plan
      if (copy === undefined || understanding.kind !== 'understood') return { kind: 'cannot-mask', why: 'a COPY whose columns are not known' }
      const columns = understanding.outputs.map((output, index) => ({ typeOid: output.typeId, typeModifier: copy.typeModifiers[index] ?? -1 }))
      const planned = planCopyOut({ format: copy.format, options: copy.options, columns, masks, types: parts.types, context: context() })
      return planned.kind === 'plan' ? { kind: 'plan', transform: planned } : { kind: 'cannot-mask', why: `column ${planned.output + 1} cannot be masked: ${planned.reason}` }
    },
    rewriteNotice: rewriteErrorFields,
  }
}
