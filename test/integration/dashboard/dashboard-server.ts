// The static files of Flink's own dashboard, with the REST API of a session behind them: as Flink's JobManager serves both.
import { readFile } from 'node:fs/promises'
import { createServer, request as callApi, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import type { AddressInfo } from 'node:net'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
}

export interface DashboardServer {
  readonly address: string
  stop(): Promise<void>
}

function pass(incoming: IncomingMessage, response: ServerResponse, api: URL): void {
  // with the Host that the browser named: the API takes a page's Origin for its own only where they are the same
  const { headers } = incoming
  const call = callApi(
    { host: api.hostname, port: api.port, path: incoming.url, method: incoming.method, headers },
    (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    },
  )
  call.on('error', () => response.writeHead(502).end())
  incoming.pipe(call)
}

/** `folder`: that of the dashboard's index.html; `api`: the session's address. */
export async function startDashboard(folder: string, api: string): Promise<DashboardServer> {
  const server = createServer((incoming, response) => {
    const { pathname } = new URL(incoming.url!, api)
    const file = normalize(pathname === '/' ? '/index.html' : pathname)
    readFile(join(folder, file)).then(
      (bytes) => response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(bytes),
      () => pass(incoming, response, new URL(api)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
