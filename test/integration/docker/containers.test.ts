// Containers that run: how they are reached, what happens when one dies, and when the session that owns them is killed.
import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../../src/services/session/session-files.ts'
import type { SessionStatus } from '../../../src/services/session/session-protocol.ts'
import { freePort } from '../../helpers/free-port.ts'
import { TestProject } from '../../helpers/flinkts-command.ts'
import { docker, engineContents, hasEngine, type EngineContents } from './engine.ts'

const LIMIT_MS = 60_000

async function until<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`waited ${LIMIT_MS} ms for ${what}`)
    await delay(100)
  }
}

describe.skipIf(!hasEngine)('containers', () => {
  let before: EngineContents
  let project: TestProject

  const up = async (...flags: string[]): Promise<SessionStatus> =>
    JSON.parse(await project.ok('up', '--json', ...flags)) as SessionStatus
  const status = async (): Promise<SessionStatus> => JSON.parse(await project.ok('status', '--json')) as SessionStatus
  const session = (): SessionRecord =>
    JSON.parse(readFileSync(project.path('.flinkts/session.json'), 'utf8')) as SessionRecord
  const ours = async () => (await docker.listContainers()).filter(({ Names }) => !before.containers.includes(Names[0]!))

  beforeAll(async () => {
    before = await engineContents()
    const yaml = `services: docker
kafka: { port: ${await freePort()} }
rest: { port: ${await freePort()} }
postgres: { port: ${await freePort()}, password: "s3cret" }
topics: { rides: { partitions: 2, retention: -1 } }
`
    project = new TestProject({ 'flinkts.yaml': yaml })
    await up()
  })
  afterAll(async () => {
    await project.remove()
    expect(await engineContents()).toEqual(before)
  })

  it('are labelled, published on 127.0.0.1 only, and named in the status; the password is not', async () => {
    const text = await project.ok('status', '--json')
    expect(text).not.toContain('s3cret')
    const { services } = JSON.parse(text) as SessionStatus
    for (const { Names, Labels, Ports } of await ours()) {
      expect(services.map(({ container }) => `/${container?.name}`)).toContain(Names[0])
      expect(Labels).toMatchObject({ 'flinkts.folder': project.folder })
      expect(Ports.filter(({ PublicPort }) => PublicPort !== undefined).map(({ IP }) => IP)).toEqual(['127.0.0.1'])
    }
  })

  it('refuse to be mixed with embedded services', async () => {
    const { code, stdout } = await project.run('up', '--embedded', '--json')
    expect(code).toBe(1)
    expect(stdout).toContain('"code":"SERVICES_PROVIDER_DIFFERS"')
  })

  it('other containers of the network reach Kafka by its name', async () => {
    const [{ NetworkSettings }] = (await ours()) as [Awaited<ReturnType<typeof ours>>[0]]
    const output = new PassThrough()
    let text = ''
    output.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const command = ['java', '-cp', '/opt/kafka/libs/*', 'org.apache.kafka.tools.TopicCommand']
    await docker.run('apache/kafka:4.3.1', [...command, '--bootstrap-server', 'kafka:19092', '--list'], output, {
      HostConfig: { NetworkMode: Object.keys(NetworkSettings.Networks)[0]!, AutoRemove: true },
    })
    expect(text).toContain('rides')
  })

  it('tell their log, and go on with it', async () => {
    const answer = await fetch(`${session().restAddress}/flinkts/logs/postgres?tail=50&follow=true`)
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const read = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(text)) text += (await reader.read()).value ?? ''
    }
    await read(/ready to accept connections/)
    await project.run('query', 'SELECT nothing_of_that_name')
    await read(/nothing_of_that_name/)
    await reader.cancel()
  })

  it('that die are started again, at the same port and with their data', async () => {
    await project.ok('query', 'CREATE TABLE kept AS SELECT 1 AS one')
    const former = (await status()).services[1]!
    await docker.getContainer(former.container!.id).kill()
    const next = await until(async () => {
      const { services } = await status()
      const { state, container } = services[1]!
      return state === 'running' && container?.id !== former.container!.id ? services[1] : undefined
    }, 'Postgres to be back')
    expect(next.address).toBe(former.address)
    expect(await project.query('SELECT one FROM kept')).toEqual([{ one: 1 }])
    expect((await status()).notices.join('\n')).toMatch(/postgres ended by itself.*\n.*postgres is back/)
  })

  it('of a killed session are stopped at the next start, and nothing is lost', async () => {
    process.kill(session().pid, 'SIGKILL')
    expect(await ours()).toHaveLength(2)
    const { notices } = await up()
    expect(notices.filter((notice) => notice.startsWith('stopped a container of'))).toHaveLength(2)
    expect(await project.query('SELECT one FROM kept')).toEqual([{ one: 1 }])
    expect(await ours()).toHaveLength(2)
  })

  it('of a killed session are stopped by `down` and by embedded services too', async () => {
    process.kill(session().pid, 'SIGKILL')
    expect(await project.ok('down')).toContain('Stopped.')
    expect(await ours()).toEqual([])
    await up()
    process.kill(session().pid, 'SIGKILL')
    const { services, notices } = await up('--embedded')
    expect(services[0]).toMatchObject({ provider: 'embedded', state: 'running' })
    expect(notices.join('\n')).toContain('stopped a container of kafka')
    expect(await ours()).toEqual([])
  })
})

describe.skipIf(!hasEngine)('without a flinkts.yaml', () => {
  it('up takes Docker where an engine answers and has both images, and says so in one line', async () => {
    const before = await engineContents()
    const project = new TestProject()
    try {
      const text = await project.ok('up')
      expect(text).toMatch(/^note: in containers: the engine at unix:\/\/.* answers and has both images$/m)
      expect(text).toMatch(/^Container flinkts-/m)
    } finally {
      await project.remove()
    }
    expect(await engineContents()).toEqual(before)
  })
})
