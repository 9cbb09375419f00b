import { mapping, section } from './section.js'
import { completeSettings, settingsShape } from './settings.js'

/** What applies to groups that no rule matches, and to rules that do not say otherwise. */
export const defaultsSection = section({
  key: 'defaults',
  schema: mapping(settingsShape)
    .prefault({})
    .meta({ description: 'Settings of groups that no rule matches; rules inherit what they do not set.' }),
  lower: (written, inherited) => completeSettings(written, inherited),
})
