// `flinkts broker` killed with -9 under load, ROUNDS times (default 5) for each of SEEDS seeds (default 2) from SEED on
// (default 1): at a random request, sometimes again while it recovers. What was acknowledged is there, once; transactions
// are seen as a whole or not at all; groups go on as if nothing had happened.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RawClient } from '../../engine/kafka/broker/raw-client.ts'
import { seededRandom } from '../crash/ride-stream.ts'
import { KillableBroker } from './killable-broker.ts'
import { LastingClient } from './lasting-client.ts'
import { CompactedLoad, IdempotentLoad, MemberLoad, TransactionalLoad, type Load } from './loads.ts'
import { expectWholeFiles } from './whole-files.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const SEEDS = Math.min(Number(process.env['SEEDS'] ?? 2), 4)
const SEED = Number(process.env['SEED'] ?? 1)
const requestsMax = 400
const recoveryKillShare = 0.3
const recoveryKillMsMax = 900
const segmentBytes = 20_000
const transactional = { name: 'transactional', partitions: 2 }

class Siege {
  readonly broker: KillableBroker
  readonly #random: () => number
  readonly #loads: Load[] = []
  readonly notes: string[] = []
  #requestsUntilKill = Infinity
  #onKill = (): void => {}

  constructor(broker: KillableBroker, random: () => number) {
    this.broker = broker
    this.#random = random
  }

  #client(): LastingClient {
    const client = new LastingClient(this.broker, () => {
      if (--this.#requestsUntilKill === 0) this.#onKill()
    })
    onTestFinished(() => client.close())
    return client
  }

  async prepare(): Promise<void> {
    const admin = await RawClient.connect(this.broker)
    const segments = { 'internal.segment.bytes': String(segmentBytes) }
    await admin.createTopic('plain', 2, segments)
    await admin.createTopic(transactional.name, transactional.partitions, segments)
    const compaction = {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.01',
      'file.delete.delay.ms': '50',
    }
    await admin.createTopic('compacted', 1, { ...segments, 'internal.segment.bytes': '2000', ...compaction })
    admin.close()
    const random = this.#random
    for (const partition of [0, 1]) this.#loads.push(new IdempotentLoad(this.#client(), ['plain', partition], random))
    for (const id of ['x', 'y', 'z']) this.#loads.push(new TransactionalLoad(this.#client(), id, transactional, random))
    this.#loads.push(new CompactedLoad(this.#client(), 'compacted', random))
    this.#loads.push(new MemberLoad(this.#client(), 'group', 'plain'))
  }

  /** The loads work; the broker dies at some request and comes back; they end what they had begun; all is checked. */
  async round(): Promise<void> {
    const requests = 1 + Math.floor(this.#random() * requestsMax)
    const killed = new Promise<void>((resolve, reject) => {
      this.#onKill = () => void this.broker.kill().then(resolve, reject)
    })
    this.#requestsUntilKill = requests
    let isOver = false
    const working = Promise.all(
      this.#loads.map(async (load) => {
        do await load.step()
        while (!isOver)
      }),
    )
    // A load that fails ends the round, whatever the others wait for.
    await Promise.race([killed, working])
    await killed
    this.notes.push(`killed at request ${requests}`)
    while (this.#random() < recoveryKillShare) {
      const afterMs = this.#random() * recoveryKillMsMax
      this.broker.launch()
      await delay(afterMs)
      await this.broker.kill()
      this.notes.push(`  and ${afterMs.toFixed()} ms after it was started again`)
    }
    isOver = true
    await Promise.all([this.broker.start(), working])
    await this.check()
  }

  async check(): Promise<void> {
    for (const load of this.#loads) await load.check()
  }
}

describe('the broker, killed under load', { timeout: 60_000 + ROUNDS * 20_000 }, () => {
  test.each(Array.from({ length: SEEDS }, (_, i) => SEED + i))('seed %i', async (seed) => {
    const broker = await KillableBroker.start({
      configs: { 'log.flush.offset.checkpoint.interval.ms': '200', 'log.cleaner.backoff.ms': '50' },
    })
    onTestFinished(() => broker.remove())
    const siege = new Siege(broker, seededRandom(seed))
    try {
      await siege.prepare()
      for (let round = 0; round < ROUNDS; round++) await siege.round()
      await broker.stop()
      expectWholeFiles(broker.dataDirectory)
      await broker.start()
      await siege.check()
      await broker.stop()
    } catch (error) {
      throw new Error(`SEED=${seed}\n${siege.notes.join('\n')}`, { cause: error })
    }
    expect(siege.notes.length).toBeGreaterThanOrEqual(ROUNDS)
  })
})
