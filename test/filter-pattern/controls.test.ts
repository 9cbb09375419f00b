import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compilePattern, parsePattern } from '../../shared/filter-pattern/index.js'

interface Sample {
  readonly rule: string
  readonly test: string
  readonly expectedMatch: boolean
  readonly log: unknown
}

interface Control {
  readonly control: string
  readonly pattern: string
  readonly finds: readonly string[]
}

const folder = new URL('../data/cloudtrail-detections/', import.meta.url)
const samples: readonly Sample[] = readFileSync(new URL('events.jsonl', folder), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line))
const controls: readonly Control[] = JSON.parse(readFileSync(new URL('controls.json', folder), 'utf8'))

function found(pattern: string): readonly string[] {
  const parsed = parsePattern(pattern)
  if ('diagnostics' in parsed) throw new Error(parsed.diagnostics[0]!.message)
  const matcher = compilePattern(parsed.ast)
  return samples.filter(({ log }) => matcher.matches(JSON.stringify(log))).map(({ rule, test }) => `${rule}: ${test}`)
}

describe('the published patterns of the CIS CloudTrail controls', () => {
  it.each(controls)('find what they should: $control', ({ pattern, finds }) => {
    expect(finds.length).toBeGreaterThan(0)
    expect(found(pattern)).toEqual(finds)
  })

  it('miss nothing that the detection rule of the same name reports', () => {
    const pairs = [
      ['unauthorized-calls', 'AWS.CloudTrail.UnauthorizedAPICall'],
      ['key-loss', 'AWS.KMS.CustomerManagedKeyLoss'],
      ['iam-policy-change', 'AWS.IAM.PolicyModified'],
      ['security-group-change', 'AWS.EC2.SecurityGroupModified'],
      ['network-acl-change', 'AWS.EC2.NetworkACLModified'],
      ['gateway-change', 'AWS.EC2.GatewayModified'],
      ['route-table-change', 'AWS.EC2.RouteTableModified'],
      ['vpc-change', 'AWS.EC2.VPCModified'],
    ]
    for (const [control, rule] of pairs) {
      const must = samples
        .filter(sample => sample.rule === rule && sample.expectedMatch)
        .map(({ test }) => `${rule}: ${test}`)
      expect(must.length).toBeGreaterThan(0)
      expect(found(controls.find(one => one.control === control)!.pattern)).toEqual(expect.arrayContaining(must))
    }
  })
})
