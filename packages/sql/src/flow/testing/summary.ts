/** An understanding in a few short lines, for tables of expectations. Effects of scope `open` are left out, and names lose `ward.`. */
import type { UnderstandResult } from '../../plan.ts'

export function summaryOf(result: UnderstandResult): readonly string[] {
  if (result.kind === 'rejected') return [`rejected ${result.error.sqlState}`]
  const { understanding, catalogTexts, copy, changes } = result.plan
  if (understanding.kind === 'opaque') return [`opaque ${short(understanding.reason)}${understanding.objects.length > 0 ? ` [${understanding.objects.map(short).join(', ')}]` : ''}`]
  const lines: string[] = []
  if (understanding.forbidden !== undefined) lines.push(`forbidden ${understanding.forbidden.rule}`)
  for (const { name, sources, cell } of understanding.outputs) {
    if (sources.length > 0) lines.push(`out ${name} <- ${sources.map(({ column, flow }) => `${short(column.relation)}.${column.column} ${flow}`).join(', ')}${cell === undefined ? '' : ', a cell'}`)
  }
  for (const { output, holds, flow } of catalogTexts) lines.push(`text ${understanding.outputs[output]?.name ?? ''} ${holds} ${flow}`)
  for (const { column, context, via, equality, values } of understanding.uses) {
    const guesses = !equality || context !== 'predicate' || values === 1 ? '' : values === undefined ? ' with an array' : ` with ${values} values`
    lines.push(`use ${context} ${short(column.relation)}.${column.column} by ${short(via)}${equality ? ', plain equality' : ''}${guesses}`)
  }
  for (const { action, object, kind, scope } of understanding.effects) {
    if (scope === 'open' || (action === 'read' && scope === 'user' && kind === 'relation')) continue
    lines.push(`${scope === 'closed' ? 'closed ' : ''}${action} ${short(object)}`)
  }
  const reads = understanding.effects.filter(effect => effect.action === 'read' && effect.scope === 'user' && effect.kind === 'relation').map(effect => short(effect.object))
  if (reads.length > 0) lines.push(`reads ${reads.join(', ')}`)
  if (!understanding.bulk.restricted) lines.push('unbounded')
  if (copy !== undefined) lines.push(`copy ${copy.direction} ${copy.format}`)
  for (const change of changes) lines.push(`then ${change.kind}${'verb' in change ? ` ${change.verb}` : ''}`)
  return lines
}

function short(name: string): string {
  return name.replaceAll('ward.', '')
}
