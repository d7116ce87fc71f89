// `flinkts broker`: the broker alone, in the foreground, as somebody runs it beside his own program.
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { certificateFiles, TestAuthority } from '../helpers/certificates.ts'
import { TestProject, type RunningCommand } from '../helpers/flinkts-command.ts'

let project: TestProject
beforeEach(() => {
  project = new TestProject()
})
afterEach(() => project.remove())

interface Serving {
  readonly bootstrap: string
  readonly port: number
  readonly listeners: readonly { readonly name: string; readonly port: number }[]
}

async function serving(command: RunningCommand): Promise<Serving> {
  return JSON.parse((await command.saw(/^\{.*\}$/m))[0]) as Serving
}

async function produceOne(kafka: Kafka, topic: string): Promise<string> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  onTestFinished(() => producer.disconnect())
  await producer.connect()
  const [sent] = await producer.send({ topic, messages: [{ value: 'v' }] })
  return sent!.baseOffset!
}

describe('flinkts broker', () => {
  it('serves until Ctrl-C, keeps its data, refuses a folder in use and a port that is taken', async () => {
    const first = project.start('broker', '--port', '0', '--data', 'kafka', '--topic', 't:2', '--json')
    const { bootstrap, port } = await serving(first)
    const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
    expect(await produceOne(kafka, 't')).toBe('0')
    const sameFolder = await project.run('broker', '--port', '0', '--data', 'kafka')
    expect(sameFolder).toMatchObject({ code: 1, stderr: expect.stringContaining('kafka') as string })
    expect(sameFolder.stderr).toContain('FOLDER_IN_USE')
    const samePort = await project.run('broker', '--port', String(port), '--json')
    expect(samePort.code).toBe(1)
    expect(JSON.parse(samePort.stdout)).toMatchObject({ error: { code: 'KAFKA_LISTEN_FAILED' } })
    first.signal('SIGINT')
    expect((await first.end()).code).toBe(0)
    expect(readFileSync(project.path('kafka/.kafka_cleanshutdown'), 'utf8')).toBe('')
    const again = project.start('broker', '--port', String(port), '--data', 'kafka')
    await again.saw(new RegExp(`Kafka serves at 127\\.0\\.0\\.1:${port} \\(PLAINTEXT\\)`))
    const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    expect((await admin.fetchTopicOffsets('t')).reduce((sum, { high }) => sum + Number(high), 0)).toBe(1)
    await admin.disconnect()
    again.signal('SIGTERM')
    expect(await again.end()).toMatchObject({ code: 0, stderr: 'Stopped.\n' })
  })

  it('TLS and a login, the users from a file; several listeners', async () => {
    const authority = new TestAuthority()
    const { keyFile, certificateFile } = certificateFiles(project.folder, authority)
    project.write('users.txt', 'alice:alice-secret\n')
    const command = project.start(
      ...['broker', '--listener', 'PLAINTEXT://127.0.0.1:0', '--listener', 'SASL_SSL://127.0.0.1:0', '--json'],
      ...['--tls-key', keyFile, '--tls-certificate', certificateFile, '--users', 'users.txt'],
    )
    const { listeners } = await serving(command)
    expect(listeners.map(({ name }) => name)).toEqual(['PLAINTEXT', 'SASL_SSL'])
    const secured = new Kafka({
      brokers: [`127.0.0.1:${listeners[1]!.port}`],
      logLevel: logLevel.NOTHING,
      ssl: { ca: [authority.certificate] },
      sasl: { mechanism: 'scram-sha-512', username: 'alice', password: 'alice-secret' },
    })
    expect(await produceOne(secured, 't')).toBe('0')
    command.signal('SIGINT')
    expect((await command.end()).code).toBe(0)
    expect(command.output).not.toContain('alice-secret')
  })

  it('says what is wrong with its options', async () => {
    const listen = createServer()
    await new Promise<void>((resolve) => listen.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void listen.close())
    const { port } = listen.address() as AddressInfo
    expect((await project.run('broker', '--port', String(port))).stderr).toMatch(/port \d+ on 127\.0\.0\.1 is taken/)
    expect((await project.run('broker', '--config', 'num.partitons=2')).stderr).toContain('num.partitions')
    expect((await project.run('broker', '--users', 'nobody.txt')).stderr).toContain('nobody.txt')
    expect(await project.ok('broker', '--help')).toContain('broker --tls-key broker.key')
  })
})
