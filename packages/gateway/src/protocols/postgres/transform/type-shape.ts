/** From PostgreSQL's types to the masks' neutral shapes. Knows no values. */
import { OTHER, TEXT, type ValueShape } from '@doorward/phi'
import { BUILTIN_ARRAYS, BUILTIN_SCALARS, type BuiltinScalar } from './builtin-types.table.ts'

/** Facts about types that are not built in. The catalog snapshot of `sql` is one. */
export interface TypeLookup {
  /** `kind` is pg_type.typtype, `inputFunction` pg_type.typinput. */
  type(oid: number): { readonly kind: string; readonly elementOid: number; readonly baseOid: number; readonly inputFunction: number } | undefined
}

/** A column's type, as far as masking it depends on it. */
export interface MaskableType {
  readonly shape: ValueShape
  /** The binary form of jsonb begins with a version byte; json's does not. */
  readonly jsonb: boolean
  /** The OID that the binary form of an array names; 0 for other shapes. */
  readonly elementOid: number
}

/** pg_proc: array_in. What tells a true array from the types that merely have an element type. */
const ARRAY_IN = 750
/** VARHDRSZ: PostgreSQL adds it to the declared length in type modifiers of varchar and bpchar. */
const LENGTH_MODIFIER_BIAS = 4
/** Domains over domains over arrays: deeper than this is no schema anybody wrote. */
const MAX_TYPE_DEPTH = 32

/** @param typeModifier -1 when there is none. An unknown type is `other`, which masks to null. */
export function toMaskableType(typeOid: number, typeModifier: number, types: TypeLookup): MaskableType {
  return resolve(typeOid, typeModifier, types, 0)
}

function resolve(typeOid: number, typeModifier: number, types: TypeLookup, depth: number): MaskableType {
  if (depth > MAX_TYPE_DEPTH) return plain(OTHER)
  const scalar = BUILTIN_SCALARS.get(typeOid)
  if (scalar !== undefined) return { shape: scalarShape(scalar, typeModifier), jsonb: scalar === 'jsonb', elementOid: 0 }
  const element = BUILTIN_ARRAYS.get(typeOid)
  if (element !== undefined) return arrayOf(element, types, depth)
  const facts = types.type(typeOid)
  switch (facts?.kind) {
    case 'd': return resolve(facts.baseOid, -1, types, depth + 1)
    case 'e': return plain({ kind: 'enum' })
    case 'c': return plain({ kind: 'composite' })
    case 'b': return facts.inputFunction === ARRAY_IN && facts.elementOid !== 0 ? arrayOf(facts.elementOid, types, depth) : plain(OTHER)
    default: return plain(OTHER)
  }
}

function arrayOf(elementOid: number, types: TypeLookup, depth: number): MaskableType {
  return { shape: { kind: 'array', element: resolve(elementOid, -1, types, depth + 1).shape }, jsonb: false, elementOid }
}

function plain(shape: ValueShape): MaskableType {
  return { shape, jsonb: false, elementOid: 0 }
}

function scalarShape(scalar: BuiltinScalar, typeModifier: number): ValueShape {
  switch (scalar) {
    case 'text': return TEXT
    case 'text-limited': return { kind: 'text', maxChars: declaredChars(typeModifier), padded: false }
    case 'text-padded': return { kind: 'text', maxChars: declaredChars(typeModifier), padded: true }
    case 'text-single': return { kind: 'text', maxChars: 1, padded: false }
    case 'int2': return { kind: 'integer', bits: 16 }
    case 'int4': return { kind: 'integer', bits: 32 }
    case 'int8': return { kind: 'integer', bits: 64 }
    case 'jsonb': return { kind: 'json' }
    default: return { kind: scalar }
  }
}

function declaredChars(typeModifier: number): number | undefined {
  return typeModifier > LENGTH_MODIFIER_BIAS ? typeModifier - LENGTH_MODIFIER_BIAS : undefined
}
