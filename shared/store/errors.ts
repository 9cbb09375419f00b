/** What every failure of an object store says: operation, key, and what the store answered. */
export class ObjectStoreError extends Error {
  readonly key: string
  constructor(message: string, key: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.key = key
  }
}

/** There is no object under the key. */
export class NotFound extends ObjectStoreError {}

/** A conditional write met another state than it asked for (HTTP 412). */
export class PreconditionFailed extends ObjectStoreError {}

/** A conditional write raced with another one (HTTP 409); trying again is right. */
export class Conflict extends ObjectStoreError {}

/** The store asks for fewer requests (HTTP 429 or 503 SlowDown), after the adapter's own retries. */
export class Throttled extends ObjectStoreError {}

/** A range that starts past the end of the object (HTTP 416). */
export class InvalidRange extends ObjectStoreError {}
