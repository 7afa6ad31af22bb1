/**
 * The neutral shapes of values that masks know: what a mask must return to be a valid value of its column, whatever the protocol calls
 * the type. A protocol maps its own types onto these and back; a type it cannot map is `other`, whose only mask is null.
 */

/** Text-like. `maxChars`: the declared length (`varchar(5)`); `padded`: shorter values are filled up with blanks to it (`char(5)`). */
export interface TextShape {
  readonly kind: 'text'
  readonly maxChars: number | undefined
  readonly padded: boolean
}

/** Signed; `bits` is its storage. */
export interface IntegerShape {
  readonly kind: 'integer'
  readonly bits: 16 | 32 | 64
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly element: ValueShape
}

/** Shapes without parameters. `timestamptz` is an instant, `timestamp` a wall-clock reading without a zone. */
export interface PlainShape {
  readonly kind:
    | 'decimal' | 'float' | 'boolean' | 'date' | 'timestamp' | 'timestamptz' | 'time' | 'interval' | 'bytes' | 'json' | 'uuid' | 'inet'
    | 'composite' | 'enum' | 'other'
}

export type ValueShape = TextShape | IntegerShape | ArrayShape | PlainShape

/** Text without a declared length. */
export const TEXT: TextShape = { kind: 'text', maxChars: undefined, padded: false }

/** What every unknown type is. */
export const OTHER: PlainShape = { kind: 'other' }
