import type { JsonObject, Line } from './format.js'

/** Reads a message as a JSON object at most once. */
export function createLine(message: string, logGroup: string, logStream: string): Line {
  let parsed: JsonObject | undefined | null = null
  return {
    message,
    logGroup,
    logStream,
    json() {
      if (parsed === null) parsed = parseJsonObject(message)
      return parsed
    },
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
