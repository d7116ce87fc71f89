import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FlinktsError } from '../../../engine/common/errors.ts'
import { HttpStatusError } from '../../../engine/rest/http-status-error.ts'
import { startHttpServer, type HttpServer, type Route } from '../../../engine/rest/http-server.ts'
import { callRest, streamRest } from '../../../src/services/rest-client.ts'

let server: HttpServer
let address: string
let left: Promise<void>

beforeEach(async () => {
  let gone = (): void => undefined
  left = new Promise((resolve) => (gone = resolve))
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/jobs/:id',
      handle: ({ params, query }) => ({ kind: 'json', body: { id: params['id'], get: query.get('get') } }),
    },
    { method: 'POST', path: '/echo', handle: ({ body }) => ({ kind: 'json', body }) },
    {
      method: 'GET',
      path: '/count/:n',
      handle: ({ params }) => ({
        kind: 'lines',
        run: async (writer) => {
          for (let i = 0; i < Number(params['n']); i++) if (!writer.write({ i })) await writer.drained()
        },
      }),
    },
    {
      method: 'GET',
      path: '/stay',
      handle: () => ({
        kind: 'lines',
        run: (writer, signal) =>
          new Promise((resolve) => {
            writer.write({ here: true })
            signal.addEventListener('abort', () => (gone(), resolve()))
          }),
      }),
    },
    {
      method: 'GET',
      path: '/bad',
      handle: () => {
        throw new FlinktsError('OPTION_INVALID', 'no such option', { fix: 'leave it out' })
      },
    },
    {
      method: 'GET',
      path: '/missing',
      handle: () => {
        throw new HttpStatusError(404, 'Job not found')
      },
    },
  ]
  server = await startHttpServer({ port: 0, routes, bodyBytesMax: 1000 })
  address = `http://${server.host}:${server.port}`
})
afterEach(() => server.stop())

test('paths, queries and bodies reach the handler', async () => {
  expect(await callRest(address, { path: '/jobs/a%2Fb?get=x,y' })).toEqual({ id: 'a/b', get: 'x,y' })
  expect(await callRest(address, { method: 'POST', path: '/echo', body: { a: [1] } })).toEqual({ a: [1] })
})

test('errors come back with code and fix, unknown paths as Flink answers them', async () => {
  await expect(callRest(address, { path: '/bad' })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    fix: 'leave it out',
  })
  await expect(callRest(address, { path: '/missing' })).rejects.toThrow('Job not found')
  await expect(callRest(address, { path: '/nonsense' })).rejects.toThrow('Unable to load requested file /nonsense.')
})

test('a body over the limit or no JSON is refused', async () => {
  await expect(callRest(address, { method: 'POST', path: '/echo', body: 'x'.repeat(2000) })).rejects.toThrow(
    /larger than 1000/,
  )
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(server.port, server.host, () =>
      socket.end('POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{]'),
    )
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString())).on('end', () => resolve(text))
  })
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
})

/** What comes back for a request as it stands on the wire. */
function raw(lines: readonly string[], body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const head = [...lines, 'connection: close', ...(body === '' ? [] : [`content-length: ${body.length}`])]
    const socket = connect(server.port, server.host, () => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`))
    let text = ''
    socket
      .on('data', (chunk) => (text += chunk.toString()))
      .on('end', () => resolve(text))
      .on('error', reject)
  })
}

const OWN = 'host: localhost:8081'
const OWN_ORIGIN = 'origin: http://localhost:8081'
test.each([
  [['host: evil.example'], 403],
  [['host: 127.0.0.1'], 200],
  [['host: LocalHost:1'], 200],
  [['host: [::1]:8081'], 200],
  [['host: [::1%25lo]:8081'], 403],
  [['host: ::1'], 403],
  [['host: localhost.:8081'], 403],
  [['host: localhost.evil.example'], 403],
  [['host: evil.example@localhost'], 403],
  [['host: '], 403],
  [[OWN, 'origin: https://evil.example'], 403],
  [[OWN, 'origin: http://localhost.evil.example'], 403],
  [[OWN, 'origin: null'], 403],
  [[OWN, 'origin: file://'], 403],
  [[OWN, OWN_ORIGIN], 200],
  [['host: [::1]:8081', 'origin: http://[::1]:8081'], 200],
  [['host: LocalHost', 'origin: http://localhost:80'], 200],
  [[OWN, 'origin: http://localhost:3000'], 403],
  [[OWN, 'origin: http://localhost'], 403],
  [[OWN, 'origin: https://localhost:8081'], 403],
  [[OWN, 'origin: http://127.0.0.1:8081'], 403],
  [['host: localhost:3000', 'origin: http://localhost:8081'], 403],
  [[OWN, 'sec-fetch-site: cross-site', 'sec-fetch-mode: no-cors', 'sec-fetch-dest: image'], 403],
  [[OWN, 'sec-fetch-site: cross-site', 'sec-fetch-mode: navigate', 'sec-fetch-dest: iframe'], 403],
  [[OWN, 'sec-fetch-site: cross-site', 'sec-fetch-mode: navigate', 'sec-fetch-dest: document'], 200],
  [[OWN, 'sec-fetch-site: same-site', 'sec-fetch-mode: no-cors', 'sec-fetch-dest: image'], 403],
  [[OWN, 'sec-fetch-site: same-site', 'sec-fetch-mode: cors', 'sec-fetch-dest: empty'], 403],
  [[OWN, 'sec-fetch-site: same-site', 'sec-fetch-mode: navigate', 'sec-fetch-dest: document'], 200],
  [[OWN, 'sec-fetch-site: same-origin'], 200],
  [[OWN, 'sec-fetch-site: none'], 200],
])('a request with %j is answered %d', async (headers, status) => {
  expect((await raw(['GET /jobs/1 HTTP/1.1', ...headers])).split(' ')[1]).toBe(String(status))
})

test.each([
  ['GET http://evil.example/jobs/1', 403],
  ['GET http://localhost:1/jobs/1', 200],
  ['GET //evil.example/jobs/1', 404],
  ['GET /jobs/%zz', 400],
  ['GET /jobs/%', 400],
  ['GET /jobs/%c3%28', 400],
  ['GET /jobs/1?get=%zz', 200],
  ['GET http://', 403],
  ['OPTIONS /jobs/1', 405],
  ['OPTIONS *', 404],
  ['DELETE /jobs/1', 405],
])('the line %j is answered %d', async (line, status) => {
  expect((await raw([`${line} HTTP/1.1`, OWN])).split(' ')[1]).toBe(String(status))
})

test('no other page may ask first whether it may ask', async () => {
  const asked = ['access-control-request-method: POST', 'access-control-request-headers: content-type']
  const foreign = await raw(['OPTIONS /echo HTTP/1.1', OWN, 'origin: https://evil.example', ...asked])
  const otherPort = await raw(['OPTIONS /echo HTTP/1.1', OWN, 'origin: http://localhost:3000', ...asked])
  const own = await raw(['OPTIONS /echo HTTP/1.1', OWN, OWN_ORIGIN, ...asked])
  expect([foreign, otherPort, own].map((answer) => answer.split(' ')[1])).toEqual(['403', '403', '405'])
  expect(`${foreign}${otherPort}${own}`).not.toMatch(/access-control-/i)
})

test.each([
  'text/plain',
  'TEXT/PLAIN;charset=UTF-8',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
])('a page cannot send %s, but a program can', async (type) => {
  const post = ['POST /echo HTTP/1.1', OWN, `content-type: ${type}`]
  const page = await raw([...post, OWN_ORIGIN], '{"a":1}')
  const site = await raw([...post, 'sec-fetch-site: same-origin'], '{"a":1}')
  expect([page.split(' ')[1], site.split(' ')[1]]).toEqual(['415', '415'])
  expect((await raw(post, '{"a":1}')).split(' ')[1]).toBe('200')
})

test('streams lines, in order, all of them', async () => {
  const stream = await streamRest<{ i: number }>(address, { path: '/count/5000' })
  const seen: number[] = []
  for await (const line of stream.lines) seen.push(line.i)
  expect(seen).toEqual(Array.from({ length: 5000 }, (_, i) => i))
})

test('a handler learns that its client has gone', async () => {
  const stream = await streamRest<{ here: boolean }>(address, { path: '/stay' })
  for await (const line of stream.lines) {
    expect(line.here).toBe(true)
    break
  }
  stream.close()
  await left
})

test('a taken port is named', async () => {
  await expect(startHttpServer({ port: server.port, routes: [] })).rejects.toMatchObject({ code: 'PORT_TAKEN' })
})

test('nobody there is said with the address', async () => {
  await server.stop()
  await expect(callRest(address, { path: '/jobs/1' })).rejects.toMatchObject({ code: 'SESSION_UNREACHABLE' })
})
