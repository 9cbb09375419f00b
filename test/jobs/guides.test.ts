import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { functionNames } from '../../shared/cloudwatch/own-groups.js'
import { retentionDays } from '../../shared/cloudwatch/retention-days.js'
import { loadPipeline } from '../../shared/config/load.js'

const root = join(import.meta.dirname, '../..')
/** An example that is a part of the file. */
const withVersion = (yaml: string) => (yaml.startsWith('version:') ? yaml : `version: 1\n${yaml}`)
const guide = (name: string) => readFileSync(join(root, 'docs', name), 'utf8')

describe('the guides to subscriptions, retention and exports', () => {
  const blocks = ['subscribe.md', 'retain.md', 'export.md'].flatMap(name =>
    [...guide(name).matchAll(/```yaml\n(.*?)```/gs)].map(match => withVersion(match[1]!)),
  )

  it.each(blocks)('show a pipeline that holds: %j', block => {
    expect(loadPipeline(block).diagnostics).toEqual([])
  })

  it("list CloudWatch's numbers of days", () => {
    expect(guide('retain.md')).toContain(`(${retentionDays.join(', ')})`)
  })

  it('show in pipeline.yml what holds when it is no comment any more', () => {
    const text = readFileSync(join(root, 'pipeline.yml'), 'utf8')
    const [, commented = ''] = /\n(# subscriptions:[\s\S]*)$/.exec(text) ?? []
    const sections = [...commented.matchAll(/^# ( *[-\w#].*)$/gm)].map(match => match[1]!)
    const yaml = sections.filter(line => /^(subscriptions:|logGroupRetention:|exports:| )/.test(line)).join('\n')
    const { config, diagnostics } = loadPipeline(`version: 1\n${yaml}\n`)
    expect(diagnostics).toEqual([])
    expect(config!.subscriptions!.groups).toHaveLength(2)
    expect(config!.logGroupRetention!.rules).toHaveLength(1)
    expect(config!.exports.map(({ source }) => source)).toEqual(['cloudwatch', 'lake'])
  })
})

describe('the guide to deployment', () => {
  it('says of every alarm what it means', () => {
    const templates = readdirSync(join(root, 'infra')).filter(name => name.endsWith('.yml'))
    const alarms = templates.flatMap(name => [
      ...readFileSync(join(root, 'infra', name), 'utf8').matchAll(/^ {2}(\w+Alarm):/gm),
    ])
    const text = guide('deploy.md')
    expect(alarms.map(([, name]) => name!).filter(name => !text.includes(`\`${name}\``))).toEqual([])
  })
})

describe("the stack's own groups", () => {
  it('are those of all of its functions', () => {
    const functions = readdirSync(join(root, 'functions'))
      .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map(name => name.replace(/\.ts$/, ''))
    expect(functions.filter(name => !(functionNames as readonly string[]).includes(name))).toEqual([])
  })
})
