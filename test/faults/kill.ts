import type { Delivery } from './delivery.js'
import type { Moment } from './held-buckets.js'
import type { Attempt, World } from './world.js'

/**
 * Invokes a process of its own, which gets a SIGKILL at the first moment that is the wanted one: a request is held at
 * the store while that happens. What the store has not applied by then it never applies.
 *
 * @returns the attempt, not killed when no moment was the wanted one
 */
export async function killedAt(
  world: World,
  delivery: Delivery,
  isWanted: (moment: Moment) => boolean,
): Promise<Attempt> {
  const process = await world.start()
  let isDead = false
  world.onMoment = async moment => {
    if (!isDead && !isWanted(moment)) return
    if (!isDead) {
      isDead = true
      await process.kill()
    }
    throw new Error('nobody is there any more')
  }
  try {
    return await process.invoke(delivery)
  } finally {
    world.onMoment = undefined
    await process.kill()
  }
}
