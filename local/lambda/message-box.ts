import { setTimeout as sleep } from 'node:timers/promises'
import type { RuntimeMessage } from './runtime-api.js'

export type Arrival =
  | { readonly kind: 'message'; readonly message: RuntimeMessage }
  | { readonly kind: 'exit'; readonly how: string }
  | { readonly kind: 'timeout' }

/** What the runtime says, in order, for the one who waits for it; after its end, that it has ended. */
export interface MessageBox {
  push(message: RuntimeMessage): void
  end(how: string): void
  next(timeoutMs: number): Promise<Arrival>
}

export function messageBox(): MessageBox {
  const messages: Arrival[] = []
  let ended: Arrival | undefined
  let wake: () => void = () => undefined
  return {
    push(message) {
      messages.push({ kind: 'message', message })
      wake()
    },
    end(how) {
      ended = { kind: 'exit', how }
      wake()
    },
    async next(timeoutMs) {
      const deadline = performance.now() + timeoutMs
      for (;;) {
        const first = messages.shift() ?? ended
        if (first !== undefined) return first
        const left = deadline - performance.now()
        if (left <= 0) return { kind: 'timeout' }
        const timer = new AbortController()
        const woken = new Promise<void>(resolve => {
          wake = resolve
        })
        await Promise.race([woken, sleep(left, undefined, { signal: timer.signal }).catch(() => undefined)])
        timer.abort()
      }
    },
  }
}
