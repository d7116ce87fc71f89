// A small HTTP server for JSON: routes are data, handlers are functions from a request to an answer. Listens on loopback
// unless told otherwise. Knows nothing of jobs.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FlinktsError, isFlinktsError, toErrorData } from '../common/errors.ts'
import { HttpStatusError } from './http-status-error.ts'
import { refuseForeignSites } from './site-guard.ts'

export interface RouteRequest {
  /** Values of the pattern's `:name` parts, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The parsed JSON body; undefined where there was none. */
  readonly body: unknown
  /** Host and port as the client calls them. */
  readonly authority: string
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
  /** `contentType` without a charset means UTF-8. */
  | { readonly kind: 'text'; readonly contentType: string; readonly body: string | Uint8Array }
  /** JSON lines, as long as `run` goes on or until the client leaves. An error in it becomes a last `{ error }` line. */
  | { readonly kind: 'lines'; readonly run: (writer: LineWriter, signal: AbortSignal) => Promise<void> }

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
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

async function readBody(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  // RFC 9112, 6: no body follows; waiting for its end would cost every GET two turns of the event loop
  if (encoding === undefined && (length === undefined || Number(length) === 0)) return undefined
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

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  response.writeHead(status, {
    ...headers,
    'content-type': contentType.includes('charset') ? contentType : `${contentType}; charset=UTF-8`,
    'content-length': bytes.length,
    // what is told here is never a page
    'x-content-type-options': 'nosniff',
  })
  response.end(bytes)
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, 'application/json', JSON.stringify(body), headers)
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
  const body = {
    errors: [data.message],
    ...(isFlinktsError(error) ? { error: { ...data, stack: undefined } } : {}),
  }
  sendJson(response, status, body, error instanceof HttpStatusError ? error.headers : {})
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

interface RequestTarget {
  readonly path: string
  readonly query: URLSearchParams
  /** Of an absolute request line. */
  readonly authority: string | undefined
}

/** Of the request line; never fails, whatever stands there. */
function targetOf(line: string): RequestTarget {
  const [, authority, target] = /^(?:https?:\/\/([^/?#]*))?(.*)$/is.exec(line)!
  const [beforeFragment] = target!.split('#', 1)
  const at = beforeFragment!.indexOf('?')
  const path = at < 0 ? beforeFragment! : beforeFragment!.slice(0, at)
  const query = new URLSearchParams(at < 0 ? '' : beforeFragment!.slice(at + 1))
  return { path: path === '' ? '/' : path, query, authority }
}

/** `/jobs/overview` stands before `/jobs/:jobid`. */
function mostSpecificFirst(left: CompiledRoute, right: CompiledRoute): number {
  const [ours, theirs] = [left.route.path.split('/'), right.route.path.split('/')]
  for (const [index, part] of ours.entries()) {
    const difference = Number(part.startsWith(':')) - Number(theirs[index]?.startsWith(':') ?? false)
    if (difference !== 0) return difference
  }
  return 0
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new HttpStatusError(400, `'${part}' is not a well-formed part of a path.`)
  }
}

/** `routes`: the most specific first. Throws 404, 405. */
function routeFor(
  routes: readonly CompiledRoute[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } {
  const methods = new Set<string>()
  for (const { route, pattern, names } of routes) {
    const match = pattern.exec(path)
    if (match === null) continue
    if (route.method !== method) {
      methods.add(route.method)
      continue
    }
    return { route, params: Object.fromEntries(names.map((name, index) => [name, decoded(match[index + 1]!)])) }
  }
  // Flink takes what no route answers to a GET for a file of its dashboard
  if (methods.size === 0 || method === 'GET') throw new HttpStatusError(404, `Unable to load requested file ${path}.`)
  const allow = [...methods].join(', ')
  throw new HttpStatusError(405, `${method} is not possible on ${path}, but ${allow}.`, { allow })
}

async function answer(
  routes: readonly CompiledRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax: number,
  host: string,
): Promise<void> {
  const { path, query, authority } = targetOf(request.url ?? '/')
  refuseForeignSites(request, host, authority)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const { route, params } = routeFor(routes, request.method ?? 'GET', path)
  const body = await readBody(request, bytesMax)
  const result = await route.handle({
    params,
    query,
    body,
    authority: authority ?? request.headers.host!,
    signal: gone.signal,
  })
  if (result.kind === 'json') sendJson(response, result.status ?? 200, result.body)
  else if (result.kind === 'text') send(response, 200, result.contentType, result.body)
  else await sendLines(response, result.run, gone.signal)
}

/** Throws PORT_TAKEN where the port is in use. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const host = options.host ?? '127.0.0.1'
  const routes = options.routes.map(compile).sort(mostSpecificFirst)
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
