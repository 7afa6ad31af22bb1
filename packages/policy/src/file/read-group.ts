/** A group's name in a policy. Groups come from identity providers, so only emptiness and length are checked. */
import { requireGroupId, type GroupId } from '@doorward/core'
import type { Problems } from '../text/problem.ts'
import type { Placed } from '../text/read-fields.ts'

const MAX_GROUP = 512

/** @returns the group, or nothing after leaving a problem. */
export function toGroup(text: Placed<string>, what: string, problems: Problems): readonly GroupId[] {
  if (text.value.length <= MAX_GROUP) return [requireGroupId(text.value)]
  problems.error(text.at, `${what}: expected a group of at most ${MAX_GROUP} characters, found ${text.value.length}`)
  return []
}
