/**
 * The one fault class of this package's tree, flow and catalog folders. A fault here never escapes as "allowed": whoever drives the
 * reading turns it into an opaque understanding.
 */
import { Fault } from '@doorward/core'

export type SqlFaultCode =
  | 'tree-syntax'       // the server's text is not what outfuncs writes
  | 'tree-depth'        // nested deeper than we follow
  | 'tree-size'         // longer than we read
  | 'tree-field'        // a node lacks a field, or a field has another shape
  | 'unknown-node'      // a node or field that the table of this server version does not list
  | 'unsupported'       // known, but not followed
  | 'catalog-row'       // a catalog query answered in another shape

/** Message: node names, field names, object names and sizes, never values. */
export class SqlFault extends Fault<SqlFaultCode> {
  /** Objects that made it so, `schema.name`. */
  readonly objects: readonly string[]
  constructor(code: SqlFaultCode, message: string, objects: readonly string[] = []) {
    super(code, message)
    this.objects = objects
  }
}
