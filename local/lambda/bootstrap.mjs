/**
 * What runs inside an execution environment, in the place of Lambda's Node runtime: loads the handler and speaks the
 * Runtime API (Lambda developer guide, "Using the Lambda runtime API"). Plain JavaScript, since it is run by the Node
 * that functions get, without a compiler, and without any package beside it.
 */
import { existsSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

const {
  AWS_LAMBDA_RUNTIME_API: api,
  AWS_LAMBDA_FUNCTION_NAME: functionName,
  AWS_LAMBDA_FUNCTION_VERSION: functionVersion,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryLimitInMB,
  AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
  AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
  LAMBDA_TASK_ROOT: taskRoot,
  _HANDLER: handlerName,
} = process.env

const agent = new Agent({ keepAlive: true })
/** Of the invocation that is running. */
let requestId

patchConsole()
process.on('uncaughtException', error => dieOf('Uncaught Exception', error, 129))
process.on('unhandledRejection', reason => dieOf('Unhandled Rejection', reason, 128))

let handler
try {
  handler = await loadHandler()
} catch (error) {
  await report('init/error', error)
  process.exit(1)
}
for (;;) await invokeNext()

async function invokeNext() {
  const { headers, body } = await call('GET', 'invocation/next')
  requestId = headers['lambda-runtime-aws-request-id']
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms'])
  const context = {
    awsRequestId: requestId,
    functionName,
    functionVersion,
    memoryLimitInMB,
    logGroupName,
    logStreamName,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  }
  try {
    const result = await handler(JSON.parse(body), context)
    await call('POST', `invocation/${requestId}/response`, JSON.stringify(result) ?? 'null')
  } catch (error) {
    console.error('Invoke Error', JSON.stringify(described(error)))
    await report(`invocation/${requestId}/error`, error)
  }
  requestId = undefined
}

async function loadHandler() {
  const dot = handlerName.lastIndexOf('.')
  const [module, name] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)]
  const file = ['.js', '.mjs', '.cjs'].map(extension => join(taskRoot, module + extension)).find(existsSync)
  if (file === undefined) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${module}'`)
  const exported = await import(pathToFileURL(file))
  const found = exported[name] ?? exported.default?.[name]
  if (typeof found === 'function') return found
  throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`)
}

async function dieOf(what, error, code) {
  console.error(what, JSON.stringify(described(error)))
  await report(requestId === undefined ? 'init/error' : `invocation/${requestId}/error`, error)
  process.exit(code)
}

function report(path, error) {
  return call('POST', path, JSON.stringify(described(error)))
}

function described(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
}

function named(name, message) {
  return Object.assign(new Error(message), { name })
}

/** Exits when nobody answers: then the runner is gone, and nothing may stay behind. */
function call(method, path, body) {
  return new Promise(resolve => {
    const gone = () => process.exit(1)
    const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const sent = request(`http://${api}/2018-06-01/runtime/${path}`, { method, agent, headers }, response => {
      const chunks = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', gone)
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }))
    })
    sent.on('error', gone)
    sent.end(body)
  })
}

/** As in Lambda's text format: time, request, level. A line feed would end the log event, so it becomes a return. */
function patchConsole() {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', trace: 'TRACE', warn: 'WARN', error: 'ERROR' }
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...values) => {
      const text = format(...values).replaceAll('\n', '\r')
      process.stdout.write(`${new Date().toISOString()}\t${requestId ?? 'undefined'}\t${level}\t${text}\n`)
    }
  }
}
