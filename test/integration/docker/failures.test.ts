// What goes wrong with containers, each under its name, against a real engine; and nothing is left of it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { discoveryInput, findEngine } from '../../../src/services/docker/find-engine.ts'
import { freePort } from '../../helpers/free-port.ts'
import { TestProject, type Finished } from '../../helpers/flinkts-command.ts'
import { docker, engineContents, engineSocket, hasEngine, startRegistry, type EngineContents } from './engine.ts'

const NOBODY = 65_534

interface ErrorAnswer {
  readonly code: string
  readonly message: string
  readonly fix: string
}

describe.skipIf(!hasEngine)('with a container engine', () => {
  let before: EngineContents
  let project: TestProject
  let servers: { stop(): Promise<void> }[]

  beforeEach(async () => {
    before = await engineContents()
    servers = []
  })
  afterEach(async () => {
    await project.remove()
    for (const server of servers) await server.stop()
    expect(await engineContents()).toEqual(before)
  })

  async function makeProject(yaml = '', environment: Readonly<Record<string, string>> = {}): Promise<TestProject> {
    const rest = await freePort()
    project = new TestProject({ 'flinkts.yaml': `services: docker\nrest: { port: ${rest} }\n${yaml}` }, environment)
    return project
  }
  function failed({ code, stdout, stderr }: Finished): ErrorAnswer {
    expect(code, stdout + stderr).toBe(1)
    return (JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { error: ErrorAnswer }).error
  }
  /** Asks for Postgres alone, or for Kafka alone. */
  const askPostgres = (): Promise<Finished> => project.run('query', 'SELECT 1 AS one', '--json')
  const askKafka = (): Promise<Finished> => project.run('topics', 'list', '--json')

  async function listening(server: Server, where: string | number): Promise<number> {
    await new Promise<void>((resolve) =>
      typeof where === 'string' ? server.listen(where, resolve) : server.listen(where, '127.0.0.1', resolve),
    )
    servers.push({
      stop: async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    })
    return typeof where === 'string' ? 0 : (server.address() as AddressInfo).port
  }

  it('no engine: says where it looked and offers embedded services', async () => {
    await makeProject('', { DOCKER_HOST: 'unix:///nowhere/docker.sock' })
    const error = failed(await askPostgres())
    expect(error).toMatchObject({ code: 'DOCKER_NOT_FOUND' })
    expect(error.message).toContain('/nowhere/docker.sock (from DOCKER_HOST)')
    expect(error.fix).toContain('`flinkts up --embedded`')
  })

  it("no permission on the engine's socket", async () => {
    await makeProject()
    process.seteuid!(NOBODY)
    try {
      await expect(findEngine(discoveryInput())).rejects.toMatchObject({
        code: 'DOCKER_PERMISSION',
        message: expect.stringContaining(engineSocket) as string,
        fix: expect.stringContaining('usermod -aG docker') as string,
      })
    } finally {
      process.seteuid!(0)
    }
  })

  it('an engine that is too old, or on another machine', async () => {
    await makeProject()
    const path = project.path('old.sock')
    await listening(
      createServer((_, response) => response.end('{"Version":"1.13","ApiVersion":"1.25"}')),
      path,
    )
    const old = new TestProject({ 'flinkts.yaml': 'services: docker' }, { DOCKER_HOST: `unix://${path}` })
    const far = new TestProject({ 'flinkts.yaml': 'services: docker' }, { DOCKER_HOST: 'tcp://10.255.255.1:2375' })
    expect(failed(await old.run('query', 'SELECT 1', '--json')).code).toBe('DOCKER_TOO_OLD')
    expect(failed(await far.run('query', 'SELECT 1', '--json')).code).toBe('DOCKER_REMOTE')
    await Promise.all([old.remove(), far.remove()])
  })

  it('an image that its registry does not have', async () => {
    const registry = await startRegistry()
    servers.push(registry)
    await makeProject(`postgres: { image: "${registry.host}/postgres:77" }`)
    const error = failed(await askPostgres())
    expect(error).toMatchObject({ code: 'DOCKER_IMAGE_NOT_FOUND' })
    expect(error.fix).toContain('postgres.image in flinkts.yaml')
  })

  it('a registry that cannot be reached', async () => {
    await makeProject(`postgres: { image: "127.0.0.1:${await freePort()}/postgres:18" }`)
    expect(failed(await askPostgres())).toMatchObject({ code: 'DOCKER_OFFLINE' })
  })

  it('an image that is pulled: layer by layer, once, and then never asked for again', async () => {
    const registry = await startRegistry('postgres:18')
    servers.push(registry)
    const image = `${registry.host}/postgres:18`
    await makeProject(`postgres: { image: "${image}", port: ${await freePort()} }`)
    try {
      const first = await askPostgres()
      expect(first, first.stderr).toMatchObject({ code: 0, stdout: '{"one":1}\n' })
      expect(first.stderr).toContain(`pulling ${image}\n`)
      expect(first.stderr).toMatch(/layer [0-9a-f]{12}: Pull complete/)
      await project.ok('down')
      const asked = registry.requests.length
      await project.ok('query', 'SELECT 1')
      expect(registry.requests).toHaveLength(asked)
    } finally {
      await project.run('down', '--volumes')
      await docker
        .getImage(image)
        .remove()
        .catch(() => undefined) // where the pull failed there is none
    }
  })

  it('an asked-for port that is taken: by whom', async () => {
    const port = await listening(createServer(), 0)
    await makeProject(`postgres: { port: ${port} }`)
    const error = failed(await askPostgres())
    expect(error).toMatchObject({ code: 'PORT_TAKEN' })
    expect(error.message).toContain(`port ${port} for postgres is taken by`)
    expect(error.message).toContain(`(pid ${process.pid})`)
  })

  it('a container that dies while it starts: its last lines', async () => {
    await makeProject(`kafka: { image: "postgres:18", port: ${await freePort()} }`)
    const error = failed(await askKafka())
    expect(error).toMatchObject({ code: 'DOCKER_CONTAINER_DIED' })
    expect(error.message).toMatch(/kafka \(postgres:18\).*exit code 1:\nError: Database is uninitialized/)
  })

  it('what an earlier failure left half-made is cleaned; data of another version of Postgres is not touched', async () => {
    await makeProject(`postgres: { port: ${await freePort()} }`)
    await project.ok('query', 'SELECT 1')
    const made = (await docker.listContainers()).find(({ Names }) => !before.containers.includes(Names[0]!))!
    const volume = (await docker.listVolumes()).Volumes.find(({ Name }) => !before.volumes.includes(Name))!
    await project.ok('down')
    await docker.createContainer({ Image: 'postgres:18', name: made.Names[0]!.slice(1), Labels: made.Labels })
    await project.ok('query', 'SELECT 1')
    await project.ok('down')
    await docker.getVolume(volume.Name).remove()
    await docker.createVolume({ Name: volume.Name, Labels: { ...volume.Labels, 'flinkts.data-version': '17' } })
    const error = failed(await askPostgres())
    expect(error).toMatchObject({ code: 'DOCKER_VOLUME_DIFFERS' })
    expect(error.message).toContain('holds data of PostgreSQL 17')
    expect(error.fix).toContain('postgres.image to postgres:17')
  })
})
