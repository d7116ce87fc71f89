// Kafka's own producer while the broker is killed under it, ROUNDS / 2 times (ROUNDS: default 5). Runs where
// FLINKTS_KAFKA_TOOLS names the jars of Kafka's tools.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RunningCommand } from '../../helpers/flinkts-command.ts'
import { KillableBroker } from './killable-broker.ts'
import { LastingClient } from './lasting-client.ts'
import { readPartition } from './read-partition.ts'

const kills = Math.ceil(Number(process.env['ROUNDS'] ?? 5) / 2)
const libs = process.env['FLINKTS_KAFKA_TOOLS'] ?? ''
const topic = 't'

async function startBroker(): Promise<KillableBroker> {
  const broker = await KillableBroker.start({ topics: [topic] })
  onTestFinished(() => broker.remove())
  return broker
}

function startProducer(command: string, args: readonly string[]): RunningCommand {
  const producer = new RunningCommand(spawn(command, args, { stdio: 'pipe' }), command)
  onTestFinished(async () => {
    producer.signal('SIGKILL')
    await producer.finished
  })
  return producer
}

async function valuesOf(broker: KillableBroker): Promise<(string | null)[]> {
  const client = new LastingClient(broker)
  const { records } = await readPartition(client, topic, 0, { committedOnly: false })
  client.close()
  return records.map(({ value }) => value)
}

/** Kills it when more records are there than before, again and again. */
async function killUnderLoad(broker: KillableBroker): Promise<void> {
  for (let kill = 0, before = 0; kill < kills; kill++) {
    await expect.poll(async () => (await valuesOf(broker)).length, { timeout: 60_000 }).toBeGreaterThan(before + 100)
    await broker.kill()
    await broker.start()
    before = (await valuesOf(broker)).length
  }
}

const timeout = 60_000 + kills * 15_000

describe.skipIf(libs === '')('the Java producer, with the broker killed under it', { timeout }, () => {
  test('finds each record where the broker said it is, once', async () => {
    const broker = await startBroker()
    const folder = mkdtempSync(join(tmpdir(), 'flinkts-producer-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const config = join(folder, 'producer.properties')
    // The tool itself does not retry.
    writeFileSync(config, 'enable.idempotence=true\nretries=2147483647\n')
    const java = ['-Xmx256m', '-cp', `${libs}/*`, 'org.apache.kafka.tools.VerifiableProducer']
    const producer = startProducer('java', [
      ...java,
      ...['--bootstrap-server', broker.bootstrap, '--topic', topic, '--acks', '-1', '--throughput', '2000'],
      ...['--producer.config', config],
    ])
    await killUnderLoad(broker)
    producer.signal('SIGTERM')
    const { stdout } = await producer.end()
    const said = stdout.split('\n').flatMap((line) => {
      if (!line.startsWith('{')) return []
      const { name, value, offset } = JSON.parse(line) as { name: string; value?: string; offset?: number }
      // The tool ends in the middle of a call.
      if (name === 'producer_send_error' && !line.includes('Producer closed while send in progress'))
        throw new Error(line)
      return name === 'producer_send_success' ? [{ value, offset }] : []
    })
    const values = await valuesOf(broker)
    expect(said.length).toBeGreaterThan(100 * kills)
    for (const { value, offset } of said) expect(values[offset!]).toBe(value)
    expect(new Set(values).size).toBe(values.length)
  })
})
