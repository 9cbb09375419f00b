import type { JsonObject, Line } from './format.js'

/** Reads a message as a JSON object at most once. */
export function createLine(message: string, logGroup: string, logStream: string): Line {
  return new MessageLine(message, logGroup, logStream)
}

/** A class, because the hot path makes one for every event, and a closure each would cost as much again. */
class MessageLine implements Line {
  readonly message: string
  readonly logGroup: string
  readonly logStream: string
  #parsed: JsonObject | undefined | null = null

  constructor(message: string, logGroup: string, logStream: string) {
    this.message = message
    this.logGroup = logGroup
    this.logStream = logStream
  }

  json(): JsonObject | undefined {
    if (this.#parsed === null) this.#parsed = parseJsonObject(this.message)
    return this.#parsed
  }
}

/** The message as a JSON object; leading and trailing white space is allowed, anything else around it is not. */
export function parseJsonObject(message: string): JsonObject | undefined {
  let start = 0
  while (start < message.length && message.charCodeAt(start) <= 32) start++
  if (message.charCodeAt(start) !== 123) return undefined
  try {
    return JSON.parse(message) as JsonObject
  } catch {
    return undefined
  }
}
