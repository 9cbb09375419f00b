/** What a local service can be told to do wrong with one request. */
export type Fault =
  /** Answers with an error and applies nothing: `{ status: 503, code: 'SlowDown' }`. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** Cuts the connection before anything is applied. */
  | { readonly kind: 'reset' }
  /** Applies the request, then cuts the connection instead of answering. */
  | { readonly kind: 'apply-then-reset' }
  /** Cuts the connection half-way through the body of the request, or of the answer where the request has none. */
  | { readonly kind: 'reset-mid-body' }
  /** Waits, then goes on as if nothing had been. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answers 200 with an error document as its body, as S3 can when completing an upload or copying; applies nothing. */
  | { readonly kind: 'error-in-200'; readonly code: string; readonly message?: string }

/** What a hook is told of a request, before anything of it is checked or applied. */
export interface RequestInfo {
  /** `s3`, or the name of another service. */
  readonly service: string
  /** The API's name of the operation: `PutObject`. */
  readonly operation: string
  readonly bucket?: string
  readonly key?: string
  /** Which of the client's tries this is, from 1, where its SDK says so. */
  readonly attempt?: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export type FaultHook = (request: RequestInfo) => Fault | undefined
