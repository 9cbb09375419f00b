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

/** A key that no store takes: empty, longer than 1,024 bytes of UTF-8, or not well-formed Unicode. */
export class InvalidKey extends ObjectStoreError {}

/** The file system under the store has no room left (ENOSPC, or a quota); nothing was written. */
export class StorageFull extends ObjectStoreError {}

/** Some keys of a delete are still there; `failures` names each with the store's reason, the others are gone. */
export class DeleteFailed extends ObjectStoreError {
  readonly failures: readonly DeleteFailure[]
  constructor(failures: readonly DeleteFailure[]) {
    const [first] = failures
    super(
      `delete: ${failures.length} keys were refused, the first ${first?.key}: ${first?.code} ${first?.message}`,
      first?.key ?? '',
    )
    this.failures = failures
  }
}

export interface DeleteFailure {
  readonly key: string
  readonly code: string
  readonly message: string
}
