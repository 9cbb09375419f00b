import * as z from 'zod'
import { pipelineSchema } from './sections.js'

/** The JSON Schema of `pipeline.yml` for editors: what may be written, before defaults are filled in. */
export function pipelineJsonSchema(): object {
  return z.toJSONSchema(pipelineSchema, { io: 'input', target: 'draft-7' })
}
