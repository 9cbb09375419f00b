/**
 * `npx tsx scripts/trino.ts`: obtains the Trino server that `npm run conformance -- insights … --engine trino` and the
 * tests run on. Exit status 0 where it is there afterwards, 3 where Java or Maven are missing.
 */
import { TrinoAbsent } from './trino/errors.js'
import { obtainTrino } from './trino/obtain.js'

try {
  const { version, folder, java } = await obtainTrino(console.log)
  console.log(`Trino ${version} in ${folder}, run with ${java}`)
} catch (error) {
  if (!(error instanceof TrinoAbsent)) throw error
  console.log(error.message)
  process.exitCode = 3
}
