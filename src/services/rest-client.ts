// A client of the session's REST API: Flink's paths, and ours under /flinkts. Every call has a limit.
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { FlinktsError, fromErrorData, type ErrorData } from '../../engine/client.ts'

const TIMEOUT_DEFAULT_MS = 30_000

export interface RestRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Longest wait for the answer's start; 0 = none (streams). Default 30 s. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

function send(address: string, options: RestRequest): Promise<{ response: IncomingMessage; outgoing: ClientRequest }> {
  const url = new URL(options.path, address)
  const timeoutMs = options.timeoutMs ?? TIMEOUT_DEFAULT_MS
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: options.method ?? 'GET',
        headers:
          body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        ...(timeoutMs > 0 ? { timeout: timeoutMs } : {}),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (response) => resolve({ response, outgoing }),
    )
    outgoing.once('timeout', () =>
      outgoing.destroy(new Error(`no answer from ${url.host}${url.pathname} within ${timeoutMs} ms`)),
    )
    outgoing.once('error', (cause) =>
      reject(
        new FlinktsError('SESSION_UNREACHABLE', `the session at ${address} does not answer: ${cause.message}`, {
          fix: 'look at .flinkts/logs/session.log; `flinkts status` says what is up',
          cause,
        }),
      ),
    )
    outgoing.end(body)
  })
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk as string
  return text
}

function refusal(status: number, text: string, path: string): FlinktsError {
  try {
    const parsed = JSON.parse(text) as { error?: ErrorData; errors?: string[] }
    if (parsed.error !== undefined) return fromErrorData(parsed.error)
    if (parsed.errors?.[0] !== undefined) return new FlinktsError('SESSION_UNREACHABLE', parsed.errors[0])
  } catch {
    // Not JSON: the text itself is all there is to show.
  }
  return new FlinktsError('SESSION_UNREACHABLE', `${path} answered ${status}: ${text.slice(0, 200)}`)
}

/** One request, one JSON answer. Refusals come back as the error that the session had. */
export async function callRest<T>(address: string, options: RestRequest): Promise<T> {
  const { response } = await send(address, options)
  const text = await readText(response)
  if ((response.statusCode ?? 500) >= 400) throw refusal(response.statusCode ?? 500, text, options.path)
  return (text === '' ? {} : JSON.parse(text)) as T
}

export interface RestStream<T> {
  readonly lines: AsyncIterable<T>
  close(): void
}

function brokenOff(address: string, cause: unknown): FlinktsError {
  return new FlinktsError('SESSION_UNREACHABLE', `the session at ${address} broke off`, {
    fix: 'run the command again; .flinkts/logs/session.log says more',
    cause,
  })
}

/** One request, answered by JSON lines until either side ends. Blank lines keep the connection alive. The lines
 * throw SESSION_UNREACHABLE when the session is killed. */
export async function streamRest<T>(address: string, options: RestRequest): Promise<RestStream<T>> {
  const { response, outgoing } = await send(address, options)
  if ((response.statusCode ?? 500) >= 400)
    throw refusal(response.statusCode ?? 500, await readText(response), options.path)
  outgoing.setTimeout(0)
  async function* lines(): AsyncGenerator<T> {
    response.setEncoding('utf8')
    let rest = ''
    const chunks = (response as AsyncIterable<string>)[Symbol.asyncIterator]()
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => Promise.reject(brokenOff(address, cause)))
      if (next.done === true) return
      const parts = (rest + next.value).split('\n')
      rest = parts.pop()!
      for (const part of parts) if (part !== '') yield JSON.parse(part) as T
    }
  }
  return { lines: lines(), close: () => outgoing.destroy() }
}
