import type { LogFormat } from './format.js'

/**
 * Every format, in the order in which lines of unknown origin are tried: the narrow tests first. A new format is a file
 * under `formats/`, a line here, a sample under `events/` and a test.
 */
export const formats: readonly LogFormat[] = []
