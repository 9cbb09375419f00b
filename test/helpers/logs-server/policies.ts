import { ApiError, invalid, limitExceeded } from './api-error.js'
import type { Operations } from './server.js'
import type { LogsWorld } from './world.js'

const criteriaBytes = 25 * 1024

/** Account-level policies: of each type one, in this account and region. */
export function policyOperations(world: LogsWorld): Operations {
  return {
    PutAccountPolicy({ policyName, policyType, policyDocument, selectionCriteria }) {
      if (String(policyName).startsWith('aws/')) throw invalid('Policy name cannot start with aws/')
      if (selectionCriteria !== undefined) {
        if (Buffer.byteLength(selectionCriteria) > criteriaBytes) throw invalid('Selection criteria is too long.')
        if (!/^LogGroupName NOT IN \[("[^"]*"(, ?"[^"]*")*)?\]$/.test(selectionCriteria)) {
          throw invalid('Invalid selection criteria.')
        }
      }
      const key = `${policyType}/${policyName}`
      const others = [...world.policies.entries()].filter(([other, policy]) => {
        return policy.policyType === policyType && other !== key
      })
      if (others.length > 0) throw limitExceeded()
      const lastUpdatedTime = world.now()
      const policy = { policyName, policyType, policyDocument, selectionCriteria, lastUpdatedTime }
      world.policies.set(key, policy)
      return { accountPolicy: { ...policy, scope: 'ALL', accountId: world.account } }
    },
    DescribeAccountPolicies({ policyType, policyName }) {
      const found = [...world.policies.values()].filter(
        policy =>
          policy.policyType === policyType && (policyName === undefined || policy.policyName.startsWith(policyName)),
      )
      return { accountPolicies: found.map(policy => ({ ...policy, scope: 'ALL', accountId: world.account })) }
    },
    DeleteAccountPolicy({ policyName, policyType }) {
      if (world.policies.delete(`${policyType}/${policyName}`)) return
      throw new ApiError('ResourceNotFoundException', `Policy with name [${policyName}] does not exist.`)
    },
  }
}
