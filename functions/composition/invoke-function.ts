/** A module of its own, to be loaded by those who invoke and by nobody else. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'

/** Has Lambda run the function, without waiting for it. */
export function invoker(region: string, name: string | undefined): (request: unknown) => Promise<void> {
  const lambda = new LambdaClient({ region })
  return async request => {
    const Payload = JSON.stringify(request)
    await lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload }))
  }
}
