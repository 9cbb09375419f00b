import { awsAccessKeyId, awsSecretKey } from './aws-keys.js'
import { creditCard } from './credit-card.js'
import { email } from './email.js'
import type { Identifier } from './identifier.js'
import { ipv4, ipv6 } from './ip-address.js'
import { jwt } from './jwt.js'
import { phone } from './phone.js'
import { usSsn } from './us-ssn.js'

/**
 * Every identifier that has a name, in the order in which they name what they find: where two overlap, the whole is
 * redacted under the name of the first. Patterns of the configuration come before all of these.
 */
export const identifiers: readonly Identifier[] = [
  jwt,
  awsSecretKey,
  awsAccessKeyId,
  email,
  creditCard,
  usSsn,
  phone,
  ipv6,
  ipv4,
]

export const identifierNames: readonly string[] = identifiers.map(identifier => identifier.name)
