import * as z from 'zod'
import type { GroupSettings } from '../pipeline.js'
import { formatSchema } from './format.js'
import { redactSchema } from './redact.js'
import { retentionSchema } from './retention.js'

/** The keys that a rule and the defaults share. Nothing is filled in here: a rule inherits what it does not say. */
export const settingsShape = {
  format: formatSchema.optional(),
  redact: redactSchema.optional(),
  sample: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ description: 'Share of the events that is kept, 0 to 1; the same events whenever they come in again.' }),
  retention: retentionSchema.optional(),
}

export interface WrittenSettings {
  readonly format?: GroupSettings['format'] | undefined
  readonly redact?: GroupSettings['redact'] | undefined
  readonly sample?: number | undefined
  readonly retention?: number | undefined
}

export function completeSettings(written: WrittenSettings, inherited: GroupSettings): GroupSettings {
  return {
    format: written.format ?? inherited.format,
    redact: written.redact ?? inherited.redact,
    sample: written.sample ?? inherited.sample,
    retentionDays: written.retention ?? inherited.retentionDays,
  }
}

/** Settings of a group that no rule matches, where the file says nothing: keep everything, as it is. */
export const builtInSettings: GroupSettings = { format: { name: 'auto' }, redact: [], sample: 1, retentionDays: 0 }
