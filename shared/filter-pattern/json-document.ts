export type JsonObject = { readonly [key: string]: unknown }

/** What a message is as a JSON document: an object or an array, with nothing but white space around it. */
export function readDocument(message: string): JsonObject | readonly unknown[] | undefined {
  const first = firstCharacter(message)
  if (first !== '{' && first !== '[') return undefined
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

/** Whether only an array can be the document of this message. */
export function mayBeArray(message: string): boolean {
  return firstCharacter(message) === '['
}

function firstCharacter(message: string): string {
  let at = 0
  while (at < message.length && isJsonBlank(message.charCodeAt(at))) at++
  return message.charAt(at)
}

export function isJsonBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}
