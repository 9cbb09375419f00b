import { interruptible } from './interrupt.js'
import { readScope, type Scope, type ScopeOptions } from './scope-options.js'
import { openSession, type Session } from './session.js'

/** Opens the lake that the options name for a command, and closes it again. Gives the exit status. */
export function withSession(
  options: ScopeOptions,
  run: (session: Session, scope: Scope) => Promise<number>,
): Promise<number> {
  return interruptible(async signal => {
    const scope = readScope(options, Date.now())
    const session = openSession(scope.lake(), signal)
    try {
      return await run(session, scope)
    } finally {
      await session.close()
    }
  })
}
