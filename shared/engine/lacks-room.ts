/** Beginnings of DuckDB's messages, which have the kind of error first, and what the system says of files and threads. */
const lacks =
  /^(?:Out of Memory|INTERRUPT) Error|std::bad_alloc|No space left on device|Disk quota exceeded|Cannot allocate memory|Too many open files|Resource temporarily unavailable|Read-only file system|Input\/output error/

/** Whether DuckDB failed for want of memory, disk or the like, which says nothing about what it was reading. */
export function lacksRoom(error: unknown): boolean {
  return error instanceof Error && lacks.test(error.message)
}
