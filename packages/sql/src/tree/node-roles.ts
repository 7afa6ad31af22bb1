/** Which fields of each kind of node somebody looks for, worked out once from the table of nodes, so that a walk over a tree asks each node for these alone. */
import { SqlFault } from '../sql-fault.ts'
import { KNOWN_NODES } from './nodes.table.ts'
import type { TreeNode } from './tree-value.ts'

export class NodeRoles<Role> {
  readonly #fields = new Map<string, readonly (readonly [field: string, role: Role])[]>()

  /** @param roleOf of any field of any server version; undefined: nobody looks for it. */
  constructor(roleOf: (node: string, field: string) => Role | undefined) {
    for (const nodes of KNOWN_NODES.values()) {
      for (const [node, layout] of nodes) {
        const known = new Map(this.#fields.get(node))
        for (const field of layout.names) {
          const role = roleOf(node, field)
          if (role !== undefined) known.set(field, role)
        }
        this.#fields.set(node, [...known])
      }
    }
  }

  /** @returns the fields that a node of this name may have, not all of which it has. @throws {SqlFault} `unknown-node`: no version has such a node. */
  of(node: TreeNode): readonly (readonly [field: string, role: Role])[] {
    const fields = this.#fields.get(node.name)
    if (fields === undefined) throw new SqlFault('unknown-node', 'a node that no server version has')
    return fields
  }
}
