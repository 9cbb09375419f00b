import * as z from 'zod'
import { alarmsSection } from './sections/alarms.js'
import { defaultsSection } from './sections/defaults.js'
import { exportsSection } from './sections/exports.js'
import { groupsSection } from './sections/groups.js'
import { lakeSection } from './sections/lake.js'
import { legalHoldsSection } from './sections/legal-holds.js'
import { logGroupRetentionSection } from './sections/log-group-retention.js'
import { metricFiltersSection } from './sections/metric-filters.js'
import { promoteSection } from './sections/promote.js'
import { mapping, type Section } from './sections/section.js'
import { subscriptionsSection } from './sections/subscriptions.js'

/** Every top-level key of `pipeline.yml` beside `version`. */
export const sections: readonly Section[] = [
  defaultsSection,
  groupsSection,
  metricFiltersSection,
  alarmsSection,
  subscriptionsSection,
  logGroupRetentionSection,
  exportsSection,
  promoteSection,
  lakeSection,
  legalHoldsSection,
]

/** The file as a whole. */
export const pipelineSchema = mapping({
  version: z.literal(1).meta({ description: 'Version of this file format.' }),
  ...Object.fromEntries(sections.map(section => [section.key, section.schema])),
}).meta({ title: 'Tailrace pipeline', description: 'Which log groups are kept, and how; what is counted in them.' })
