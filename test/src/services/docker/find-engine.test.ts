// Engines that are not real: an HTTP server on a socket that says what an engine of some age says.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineEndpoint } from '../../../../src/services/docker/engine-endpoints.ts'
import { findEngine, hasImage, isOlder, noEngineError } from '../../../../src/services/docker/find-engine.ts'

let folder: string
let servers: Server[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-engine-'))
  servers = []
})
afterEach(async () => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  rmSync(folder, { recursive: true, force: true })
})

async function listen(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(folder, `${servers.length}.sock`)
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? '']
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return path
}

const find = (host: string): ReturnType<typeof findEngine> =>
  findEngine({
    environment: { DOCKER_HOST: host },
    homeFolder: '/nowhere',
    platform: 'linux',
    userId: 1,
    readFile: () => undefined,
  })

describe('the engine', () => {
  it('says its version, and which images it has', async () => {
    const path = await listen({
      '/version': { Version: '28.2.2', ApiVersion: '1.50', Components: [{ Name: 'Engine' }] },
      '/images/postgres:18/json': { Id: 'x' },
    })
    const engine = await find(`unix://${path}`)
    expect(engine).toMatchObject({ version: '28.2.2', apiVersion: '1.50', isPodman: false })
    expect(await hasImage(engine, 'postgres:18')).toBe(true)
    expect(await hasImage(engine, 'apache/kafka:4.3.1')).toBe(false)
  })

  it('may be Podman', async () => {
    const path = await listen({
      '/version': { Version: '5.0', ApiVersion: '1.41', Components: [{ Name: 'Podman Engine' }] },
    })
    expect(await find(`unix://${path}`)).toMatchObject({ isPodman: true })
  })

  it('that is too old is refused with both versions', async () => {
    const path = await listen({ '/version': { Version: '1.12.6', ApiVersion: '1.24' } })
    await expect(find(path)).rejects.toMatchObject({
      code: 'DOCKER_TOO_OLD',
      message: expect.stringMatching(/1\.12\.6.*1\.24.*1\.41/) as string,
      fix: expect.stringContaining('--embedded') as string,
    })
  })

  it('is none where something else answers', async () => {
    const path = await listen({})
    await expect(find(path)).rejects.toMatchObject({ code: 'DOCKER_NOT_FOUND' })
  })

  it('on another machine is refused before it is asked', async () => {
    await expect(find('tcp://10.255.255.1:2375')).rejects.toMatchObject({ code: 'DOCKER_REMOTE' })
    await expect(find('ssh://ada@far')).rejects.toMatchObject({ code: 'DOCKER_REMOTE' })
  })

  it('that is not there is named with where it should be', async () => {
    await expect(find(`unix://${folder}/none.sock`)).rejects.toMatchObject({
      code: 'DOCKER_NOT_FOUND',
      message: expect.stringContaining(`${folder}/none.sock (from DOCKER_HOST)`) as string,
    })
  })
})

describe('what to tell when none answered', () => {
  const failure = (path: string, code: string): Parameters<typeof noEngineError>[1][number] => ({
    endpoint: { address: { kind: 'socket', path }, text: `unix://${path}`, origin: 'Docker' } satisfies EngineEndpoint,
    error: Object.assign(new Error(`connect ${code} ${path}`), { code }),
  })

  it('a socket that may not be used goes before all others', () => {
    const error = noEngineError(false, [
      failure('/a', 'ENOENT'),
      failure('/b', 'ECONNREFUSED'),
      failure('/c', 'EACCES'),
    ])
    expect(error).toMatchObject({ code: 'DOCKER_PERMISSION', message: expect.stringContaining('/c') as string })
    expect(error.fix).toMatch(/usermod -aG docker.*--embedded/)
  })

  it('a socket that is there and silent goes before those that are not there', () => {
    const error = noEngineError(false, [failure('/a', 'ENOENT'), failure('/b', 'ECONNREFUSED')])
    expect(error).toMatchObject({ code: 'DOCKER_NOT_FOUND', message: expect.stringContaining('unix:///b') as string })
  })

  it('nothing anywhere names every place, and offers embedded services', () => {
    const error = noEngineError(false, [failure('/a', 'ENOENT'), failure('/b', 'ENOENT')])
    expect(error.message).toContain('/a, /b')
    expect(error.fix).toContain('`flinkts up --embedded`')
  })
})

it('compares versions by number', () => {
  expect([isOlder('1.9', '1.41'), isOlder('1.41', '1.41'), isOlder('2.0', '1.41')]).toEqual([true, false, false])
})
