/** Exhaustiveness check: a union that grows a member stops compiling at the switch that forgot it. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: unexpected ${typeof value}`)
}
