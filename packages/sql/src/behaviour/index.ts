/** Behaviour of built-in functions, closed parts of the catalogs, and settings: the reviewed tables and their lookups. */
export type { BehaviourOf, ConstantTest, FunctionBehaviour } from './behaviour.ts'
export { functionBehaviour } from './functions.ts'
