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

test.each([
  ['host: evil.example', 403],
  ['host: localhost:8081\r\norigin: https://evil.example', 403],
  ['host: localhost:8081\r\norigin: http://localhost:8081', 200],
])('a request with %j is answered %d', async (headers, status) => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(server.port, server.host, () =>
      socket.write(`GET /jobs/1 HTTP/1.1\r\n${headers}\r\nconnection: close\r\n\r\n`),
    )
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString())).on('end', () => resolve(text))
  })
  expect(answer.split(' ')[1]).toBe(String(status))
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
