import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pipelineJsonSchema } from '../../shared/config/json-schema.js'

const written = `${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`

// A difference is mended by `npx vitest run test/config/json-schema.test.ts -u`.
it('is committed as the code has it', async () => {
  await expect(written).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/pipeline.schema.json'))
})

it('offers formats and identifiers to an editor, and refuses other keys', () => {
  for (const name of ['vpc-flow', 'cloudtrail', 'auto', 'text', 'credit-card', 'us-ssn']) {
    expect(written).toContain(JSON.stringify(name))
  }
  expect(pipelineJsonSchema()).toMatchObject({
    required: ['version'],
    additionalProperties: false,
    properties: { groups: { items: { required: ['match'], additionalProperties: false } } },
  })
})
