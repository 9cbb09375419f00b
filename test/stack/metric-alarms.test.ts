import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PackagedStack, packagePipeline, type Template } from './package-stack.js'
import { resolveTemplate } from './resolve-template.js'

const pipeline = `
version: 1
metricFilters:
  - name: order-errors
    groups: "/ecs/orders*"
    pattern: '{ $.level = "error" }'
    metric: OrderErrors
    namespace: Shop
    default: 0
    unit: Count
  - name: order-time
    groups: "/ecs/orders*"
    pattern: '{ $.durationMs = * }'
    metric: OrderTime
    namespace: Shop
    value: $.durationMs
    unit: Milliseconds
    dimensions: { Service: $.service, "HTTP status": $.status }
  - name: denied
    groups: "*"
    pattern: '[..., action=REJECT, status]'
    metric: Denied
    namespace: Shop/Network
`

const alarms = `
alarms:
  - { name: order errors, filter: order-errors, statistic: Sum, period: 5m, threshold: "> 10", evaluate: 2 of 3, missing: notBreaching }
  - name: slow-orders
    description: Orders take long.
    filter: order-time
    dimensions: { Service: orders, "HTTP status": "200" }
    statistic: p99
    band: { width: 2.5, side: above }
    actions: ["arn:aws:sns:us-east-1:123456789012:oncall"]
    okActions: ["arn:aws:sns:us-east-1:123456789012:oncall"]
  - { name: billing, metric: { namespace: AWS/Lambda, name: Errors, dimensions: { FunctionName: f } }, statistic: Sum, threshold: ">= 1" }
`

let packages: readonly PackagedStack[]
let template: Template

beforeAll(async () => {
  packages = await Promise.all([
    packagePipeline(pipeline + alarms),
    packagePipeline(pipeline + alarms, '--stage', 'prod', '--param=mode=kinesis'),
  ])
  template = resolveTemplate(packages[0]!.template)
})

afterAll(() => Promise.all(packages.map(({ remove }) => remove())))

it('puts the alarms of the pipeline into the template, beside those of the stack', () => {
  const own = Object.entries(template.Resources).filter(([id]) => id.startsWith('PipelineAlarm'))
  expect(own.map(([id, { Properties }]) => [id.slice(0, -8), Properties.AlarmName['Fn::Sub']])).toEqual([
    ['PipelineAlarmOrderErrors', '${AWS::StackName}-order errors'],
    ['PipelineAlarmSlowOrders', '${AWS::StackName}-slow-orders'],
    ['PipelineAlarmBilling', '${AWS::StackName}-billing'],
  ])
  expect(
    Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm').length,
  ).toBeGreaterThan(3)
})

it('sends what names no actions where the alarms of the stack go', () => {
  const [alarm] = Object.entries(template.Resources).find(([id]) => id.startsWith('PipelineAlarmOrderErrors'))!
  const topic = 'arn:aws:sns:us-east-1:123456789012:alarms'
  const actions = (parameters: Record<string, string>) =>
    resolveTemplate(packages[0]!.template, parameters).Resources[alarm]!.Properties.AlarmActions
  expect(actions({})).toEqual([])
  expect(actions({ AlarmTopicArn: topic })).toEqual([topic])
  expect(actions({ AlarmEmail: 'a@example.com' })).toEqual([{ Ref: 'AlarmTopic' }])
})

it('draws every metric below the graphs of the stack', () => {
  const { widgets } = JSON.parse(template.Resources.Dashboard!.Properties.DashboardBody['Fn::Sub']) as {
    widgets: { x: number; y: number; width: number; height: number; properties: { title: string } }[]
  }
  const added = widgets.slice(-4)
  expect(added.map(({ properties }) => properties.title)).toEqual([
    'Alarms of pipeline.yml',
    'Shop OrderErrors',
    'Shop OrderTime',
    'Shop/Network Denied',
  ])
  const bottom = Math.max(...widgets.slice(0, -4).map(({ y, height }) => y + height))
  expect(added.every(({ x, y, width }) => y >= bottom && x + width <= 24)).toBe(true)
})

it('satisfies cfn-lint in both modes, where it is installed', async () => {
  const run = (...args: string[]) => promisify(execFile)('cfn-lint', args)
  const version = await run('--version').catch(() => undefined)
  if (version === undefined) {
    console.log('cfn-lint is not installed: the templates were not linted')
    return
  }
  const failed = (failure: { stdout: string }) => failure
  expect((await run(...packages.map(({ templateFile }) => templateFile)).catch(failed)).stdout).toBe('')
}, 120_000)
