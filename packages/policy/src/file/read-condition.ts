/** A YAML text to a checked condition, with problems at the place inside the text where the expression is wrong. */
import type { Environment } from '@marcbachmann/cel-js'
import type { Problems } from '../text/problem.ts'
import { found } from '../text/read-fields.ts'
import type { YamlNode } from '../text/yaml-tree.ts'
import { compileCondition, type Condition } from '../when/condition.ts'

/** What reading conditions needs: one environment, shared by all files of a snapshot. */
export interface ConditionReader {
  readonly environment: Environment
}

/** @returns the condition; undefined after leaving a problem. */
export function readCondition(node: YamlNode, what: string, reader: ConditionReader, problems: Problems): Condition | undefined {
  if (node.kind !== 'text' || node.text.length === 0) {
    problems.error(node.at, `${what}: expected an expression, found ${found(node)}`)
    return undefined
  }
  const compiled = compileCondition(reader.environment, node.text)
  if (compiled.kind === 'condition') return compiled.condition
  const at = node.inner === undefined ? node.at : { line: node.inner.line, column: node.inner.column + compiled.offset }
  problems.error(at, `${what}: ${compiled.message}`)
  return undefined
}
