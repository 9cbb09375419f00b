import { addressFunctions } from './addresses.js'
import { conditionFunctions } from './conditions.js'
import { dateFunctions } from './dates.js'
import type { FunctionTable } from './function-table.js'
import { jsonFunctions } from './json.js'
import { numberFunctions } from './numbers.js'
import { textFunctions } from './texts.js'
import { timeFunctions } from './times.js'

/** Every call that a plan of an Insights query can hold; a dialect's own table goes first. */
export const functions: FunctionTable = {
  ...numberFunctions,
  ...textFunctions,
  ...conditionFunctions,
  ...timeFunctions,
  ...dateFunctions,
  ...addressFunctions,
  ...jsonFunctions,
}
