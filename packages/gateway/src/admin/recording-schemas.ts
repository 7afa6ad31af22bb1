/** What the admin API takes and gives about recordings. */
import { z } from 'zod'

const time = z.string().meta({ format: 'date-time' })
const words = z.string().min(1).max(200).regex(/^[^\u0000-\u001f\u007f]*$/)

export const recording = z.object({
  id: z.string(), state: z.enum(['writing', 'closed', 'interrupted', 'shredding', 'shredded']).meta({ description: 'interrupted: the gateway ended first.' }),
  principal: z.string().meta({ description: 'issuer|subject' }), name: z.string(), actingFor: z.array(z.string()), resource: z.string(), protocol: z.string(), client: z.string(), why: z.string(),
  started: time, ended: time.optional(), segments: z.number(), bytes: z.number().meta({ description: 'As stored.' }),
  keepUntil: time.optional().meta({ description: 'When its retention ends; absent while it is written.' }), holds: z.array(z.string()).meta({ description: 'Legal holds that are on it.' }),
}).meta({ id: 'Recording' })
export const recordingList = z.object({ recordings: z.array(recording) }).meta({ id: 'RecordingList' })
export const recordingQuery = z.object({
  principal: z.string().max(600).optional().meta({ description: 'issuer|subject, or a name' }), resource: z.string().max(63).optional(), from: time.optional(), to: time.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})

export const viewRequest = z.strictObject({
  segment: z.number().int().min(0).max(1_000_000).default(0), offset: z.number().int().min(0).default(0).meta({ description: 'As the answer before gave it.' }), use: z.enum(['play', 'export']).default('play'),
}).meta({ id: 'RecordingView' })
export const viewed = z.object({
  receipt: z.number().meta({ description: 'The entry of the log that says you have seen it.' }), segment: z.number(), end: z.enum(['sealed', 'torn']).meta({ description: 'torn: the gateway ended while it was written.' }),
  lines: z.string().meta({ description: 'JSON lines, one event each.' }), offset: z.number().optional().meta({ description: 'Where the rest of this segment begins; absent when this is all of it.' }), next: z.number().optional().meta({ description: 'The next segment; absent after the last.' }),
}).meta({ id: 'RecordingSegment' })

export const shredRequest = z.strictObject({
  reason: words.meta({ description: 'Goes into the log: no patient, no value.' }), early: z.enum(['yes', 'no']).default('no').meta({ description: 'Also before its retention has ended.' }),
}).meta({ id: 'ShredRequest' })
export const shredded = z.object({ receipt: z.number() }).meta({ id: 'Shredded' })

export const expireRequest = z.strictObject({ use: z.enum(['show', 'destroy']).default('show'), limit: z.number().int().min(1).max(1_000).default(100) }).meta({ id: 'ExpireRequest' })
export const expired = z.object({ expired: z.array(recording), held: z.array(recording) }).meta({ id: 'Expired' })

export const hold = z.object({ id: z.string(), scope: z.string(), matter: z.string(), by: z.string(), placed: time }).meta({ id: 'LegalHold' })
export const holdList = z.object({ holds: z.array(hold) }).meta({ id: 'LegalHoldList' })
export const holdRequest = z.strictObject({
  scope: z.string().min(1).max(700).meta({ description: 'recording:ID, principal:ISSUER|SUBJECT, resource:NAME or all' }), matter: words.meta({ description: 'A case number; goes into the log: no patient.' }),
}).meta({ id: 'HoldRequest' })
