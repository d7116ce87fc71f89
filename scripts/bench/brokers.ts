// The two brokers that are compared: ours as `flinkts broker`, and Apache Kafka. Each in a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeRequest } from '../../engine/kafka/protocol/messages.ts'
import { freePort } from '../../test/helpers/free-port.ts'
import { java } from './kafka-tools.ts'
import { packageFolder } from './project.ts'

const START_LIMIT_MS = 60_000

export interface MeasuredBroker {
  readonly name: string
  readonly bootstrap: string
  /** From the start of the process to the first byte of the first answer. */
  readonly startMs: number
  /** What the operating system counts as resident, in bytes. */
  rssBytes(): number
  stop(): Promise<void>
}

export type StartBroker = () => Promise<MeasuredBroker>

/** Asks for the versions of the APIs until somebody answers. */
async function firstAnswer(port: number, broker: ChildProcess): Promise<void> {
  const request = encodeRequest('ApiVersions', 0, { correlationId: 1, clientId: 'bench' }, {})
  const deadline = performance.now() + START_LIMIT_MS
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => request.forEach((bytes) => socket.write(bytes)))
      const end = (result: boolean) => (socket.destroy(), resolve(result))
      socket.once('data', () => end(true))
      socket.once('error', () => end(false))
      socket.once('close', () => end(false))
    })
    if (answered) return
    if (broker.exitCode !== null) throw new Error(`the broker ended with ${broker.exitCode} before it answered`)
    if (performance.now() > deadline) throw new Error(`the broker did not answer within ${START_LIMIT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

async function measured(
  name: string,
  port: number,
  folder: string,
  start: () => ChildProcess,
): Promise<MeasuredBroker> {
  const startedAt = performance.now()
  const broker = start()
  await firstAnswer(port, broker)
  return {
    name,
    bootstrap: `127.0.0.1:${port}`,
    startMs: performance.now() - startedAt,
    rssBytes: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'))![1]) * 1024,
    stop: async () => {
      broker.kill('SIGTERM')
      await new Promise((resolve) => broker.once('exit', resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'flinkts-bench-broker-'))

export async function startOurs(): Promise<MeasuredBroker> {
  const [folder, port] = [newFolder(), await freePort()]
  const args = ['bin/run.js', 'broker', '--port', String(port), '--data', folder]
  return measured('flinkts', port, folder, () =>
    spawn(process.execPath, args, { cwd: packageFolder, stdio: ['ignore', 'ignore', 'inherit'] }),
  )
}

/** One node, KRaft, plaintext; formatted before the clock starts. Kafka's own heap limit is 1 GB. */
export async function startKafka(): Promise<MeasuredBroker> {
  const [folder, port, controller] = [newFolder(), await freePort(), await freePort()]
  const properties = join(folder, 'server.properties')
  writeFileSync(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${folder}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`,
  )
  const clusterId = (await java('kafka.tools.StorageTool', ['random-uuid'])).trim()
  await java('kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', properties])
  const args = ['-Xms1G', '-Xmx1G', '-cp', `${process.env['FLINKTS_KAFKA_TOOLS']}/*`, 'kafka.Kafka', properties]
  return measured('Kafka', port, folder, () => spawn('java', args, { stdio: 'ignore' }))
}
