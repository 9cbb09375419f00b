/**
 * What somebody would write by hand who knows JavaScript well and has one question to ask: the baselines that compiled
 * filter patterns are measured against. Each takes the message, and the JSON ones the parsed document where the bench
 * shares it, as `Matcher.matches` does.
 */
export type Document = { readonly [key: string]: unknown }
export type HandWritten = (message: string, document?: () => Document) => boolean

// biome-ignore lint/suspicious/noExplicitAny: by hand nobody checks what the path promises
const read = (message: string, document?: () => Document): any => {
  if (document !== undefined) return document()
  try {
    return JSON.parse(message)
  } catch {
    return {}
  }
}

const ipAddress = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/
const failure = /[Ee]rror|[Ff]ail/
const clientError = /^4\d\d$/
const trails = new Set(['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging'])
const accessLog = /^(\S+) (\S+) (\S+) \[([^\]]*)\] "([^"]*)" (\S+) (\S+)/
const flowLog = /^\S+ \S+ \S+ \S+ \S+ \S+ 22 6 \S+ \S+ \S+ \S+ REJECT \S/

export const handWritten = {
  word: message => message.includes('ERROR'),
  phrase: message => message.includes('Access Denied'),
  words: message => message.includes('AssumeRole') && message.includes('eu-west-1') && !message.includes('readOnly'),
  anyWord: message => message.includes('ERROR') || message.includes('Exception') || message.includes('timed out'),
  regexAddress: message => ipAddress.test(message),
  regexAlternatives: message => failure.test(message),
  jsonEqual: (message, document) => read(message, document).eventName === 'ConsoleLogin',
  jsonCompound(message, document) {
    const event = read(message, document)
    return (
      event.userIdentity?.type === 'Root' &&
      event.userIdentity.invokedBy === undefined &&
      event.eventType !== 'AwsServiceEvent'
    )
  },
  jsonAlternatives: (message, document) => trails.has(read(message, document).eventName),
  jsonNumber(message, document) {
    // API Gateway's access log has it as text, which compares as a number.
    const { response_latency: latency } = read(message, document)
    return (typeof latency === 'string' || typeof latency === 'number') && Number(latency) >= 10
  },
  jsonRegex(message, document) {
    const { errorCode } = read(message, document)
    return typeof errorCode === 'string' && /Denied|Unauthorized/.test(errorCode)
  },
  jsonAnyElement(message, document) {
    const list = read(message, document).resources
    return Array.isArray(list) && list.some(item => item?.type === 'AWS::S3::Bucket')
  },
  fieldsAccessLog(message) {
    const fields = accessLog.exec(message)
    return fields !== null && clientError.test(fields[6]!)
  },
  fieldsFlowLog: message => flowLog.test(message),
  fieldsFromEnd(message) {
    const fields = message.trimEnd().split(' ')
    return fields.length >= 2 && fields.at(-2) === 'REJECT'
  },
} as const satisfies Readonly<Record<string, HandWritten>>
