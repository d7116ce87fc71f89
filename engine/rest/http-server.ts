// A small HTTP server for JSON: routes are data, handlers are functions from a request to an answer. Listens on loopback
// unless told otherwise. Knows nothing of jobs.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FlinktsError, isFlinktsError, toErrorData } from '../common/errors.ts'

export interface RouteRequest {
  /** Values of the pattern's `:name` parts, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The parsed JSON body; undefined where there was none. */
  readonly body: unknown
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** Writes JSON lines to one client. */
export interface LineWriter {
  /** False while the client reads slower than lines come: wait for `drained()`. */
  write(line: unknown): boolean
  drained(): Promise<void>
  end(): void
}

export type RouteAnswer =
  | { readonly kind: 'json'; readonly status?: number; readonly body: unknown }
  /** JSON lines, as long as `run` goes on or until the client leaves. An error in it becomes a last `{ error }` line. */
  | { readonly kind: 'lines'; readonly run: (writer: LineWriter, signal: AbortSignal) => Promise<void> }

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** `/jobs/:jobid/checkpoints` */
  readonly path: string
  readonly handle: (request: RouteRequest) => Promise<RouteAnswer> | RouteAnswer
}

export interface HttpServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 asks the system for a free port. */
  readonly port: number
  readonly routes: readonly Route[]
  /** Largest request body in bytes. Default 64 MiB (a job's bundle and graph travel in one). */
  readonly bodyBytesMax?: number
}

export interface HttpServer {
  readonly host: string
  readonly port: number
  /** Ends open streams and closes; resolves when no connection is left. */
  stop(): Promise<void>
}

const BODY_BYTES_MAX_DEFAULT = 64 << 20
/** Blank lines on idle streams: a client that died silently is noticed. */
const KEEP_ALIVE_MS = 10_000

/** An error with the HTTP status it should be answered with. */
export class HttpStatusError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'HttpStatusError'
    this.status = status
  }
}

interface CompiledRoute {
  readonly route: Route
  readonly pattern: RegExp
  readonly names: readonly string[]
}

function compile(route: Route): CompiledRoute {
  const names: string[] = []
  const pattern = route.path
    .split('/')
    .map((part) => {
      if (!part.startsWith(':')) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      names.push(part.slice(1))
      return '([^/]+)'
    })
    .join('/')
  return { route, pattern: new RegExp(`^${pattern}/?$`), names }
}

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]'])

function hostName(authority: string): string {
  return authority.replace(/:\d+$/, '').toLowerCase()
}

/**
 * A page in the user's browser must not reach the API: neither by a name that resolves to this machine (DNS rebinding) nor
 * by a cross-site request. Clients that are no browsers send no Origin.
 */
function refuseForeignSites(request: IncomingMessage, host: string): void {
  const allowed = (name: string): boolean => LOOPBACK_NAMES.has(name) || name === host
  const { origin } = request.headers
  if (!allowed(hostName(request.headers.host ?? '')))
    throw new HttpStatusError(403, 'This host name is not served here.')
  if (origin !== undefined && !allowed(hostName(origin.replace(/^[a-z]+:\/\//i, '')))) {
    throw new HttpStatusError(403, 'Requests from other sites are refused.')
  }
}

async function readBody(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new HttpStatusError(413, `The request body is larger than ${bytesMax} bytes.`)
    chunks.push(chunk)
  }
  if (bytes === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new HttpStatusError(400, 'The request body is not JSON.')
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'content-length': text.length })
  response.end(text)
}

function statusOf(error: unknown): number {
  if (error instanceof HttpStatusError) return error.status
  if (!isFlinktsError(error)) return 500
  if (error.code === 'JOB_NOT_FOUND') return 404
  return error.kind === 'user' ? 400 : 500
}

/** Flink answers `{ errors: [text] }`; ours adds the error as data, so that the command line can show it whole. */
function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const status = statusOf(error)
  const data = toErrorData(error)
  sendJson(response, status, {
    errors: [data.message],
    ...(isFlinktsError(error) ? { error: { ...data, stack: undefined } } : {}),
  })
}

async function sendLines(
  response: ServerResponse,
  run: (writer: LineWriter, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=UTF-8' })
  response.flushHeaders()
  const keepAlive = setInterval(() => response.write('\n'), KEEP_ALIVE_MS)
  const writer: LineWriter = {
    write: (line) => response.write(`${JSON.stringify(line)}\n`),
    drained: () =>
      signal.aborted || !response.writableNeedDrain
        ? Promise.resolve()
        : new Promise((resolve) => {
            response.once('drain', resolve)
            signal.addEventListener('abort', () => resolve(), { once: true })
          }),
    end: () => response.end(),
  }
  try {
    await run(writer, signal)
  } catch (error) {
    if (!signal.aborted) writer.write({ error: { ...toErrorData(error), stack: undefined } })
  } finally {
    clearInterval(keepAlive)
    response.end()
  }
}

async function answer(
  routes: readonly CompiledRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax: number,
  host: string,
): Promise<void> {
  refuseForeignSites(request, host)
  const url = new URL(request.url ?? '/', 'http://localhost')
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  for (const { route, pattern, names } of routes) {
    const match = route.method === request.method ? pattern.exec(url.pathname) : null
    if (match === null) continue
    const params = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1]!)]))
    const body = await readBody(request, bytesMax)
    const result = await route.handle({ params, query: url.searchParams, body, signal: gone.signal })
    if (result.kind === 'json') sendJson(response, result.status ?? 200, result.body)
    else await sendLines(response, result.run, gone.signal)
    return
  }
  throw new HttpStatusError(404, `Unable to load requested file ${url.pathname}.`)
}

/** Throws PORT_TAKEN where the port is in use. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const host = options.host ?? '127.0.0.1'
  const routes = options.routes.map(compile)
  const bytesMax = options.bodyBytesMax ?? BODY_BYTES_MAX_DEFAULT
  const server: Server = createServer((request, response) => {
    answer(routes, request, response, bytesMax, host).catch((error: unknown) => sendError(response, error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new FlinktsError('PORT_TAKEN', `port ${options.port} for the REST API is taken`, { cause })
          : cause,
      ),
    )
    server.listen({ host, port: options.port }, resolve)
  })
  return {
    host,
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
