import { batchKinds, lambdaEvent } from './batches.js'
import { ingestFloor } from './ingest-floor.js'
import { measureInTurns, round } from './measure.js'

for (const kind of batchKinds) {
  for (const count of [50, 1_000, 10_000]) {
    const event = lambdaEvent(kind, count)
    const { floor } = await measureInTurns({ floor: () => ingestFloor(event) }, count === 10_000 ? 15 : 41)
    console.log(
      JSON.stringify({
        what: `floor ${kind} ${count}`,
        unit: 'ms',
        median: round(floor.median),
        spread: round(floor.spread),
        node: process.version,
      }),
    )
  }
}
