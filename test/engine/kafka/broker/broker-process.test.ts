// The broker as a process of its own: runs the compiled code, as `npm test` has built it.
import { spawn } from 'node:child_process'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startBrokerProcess, type BrokerProcess, type BrokerProcessStart } from '../../../../engine/broker.ts'
import { temporaryDirectory } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

async function brokerProcess(options: BrokerProcessStart): Promise<BrokerProcess> {
  const broker = await startBrokerProcess(options)
  onTestFinished(() => broker.stop())
  return broker
}

const value = 'x'.repeat(500)

describe('the broker process', () => {
  test('serves, is refused a folder in use with the pid of its owner, and stops cleanly', async () => {
    const dataDirectory = temporaryDirectory()
    const broker = await brokerProcess({ dataDirectory, topics: [{ name: 't', partitions: 2 }] })
    const client = await RawClient.connect(broker)
    expect((await client.ask('Metadata', 12, { topics: null })).topics.map(({ name }) => name)).toEqual(['t'])
    await expect(startBrokerProcess({ dataDirectory })).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(String(broker.pid)) as string,
    })
    await broker.stop()
    expect(await broker.exited).toEqual({ code: 0, signal: null })
    expect(readFileSync(join(dataDirectory, '.kafka_cleanshutdown'), 'utf8')).toBe('')
  })

  test('kill -9 while producing loses no acknowledged record, however often', async () => {
    const dataDirectory = temporaryDirectory()
    let acknowledged = 0
    for (let round = 0; round < 3; round++) {
      const broker = await brokerProcess({
        dataDirectory,
        topics: [{ name: 't', configs: { 'internal.segment.bytes': '20000' } }],
      })
      const client = await RawClient.connect(broker)
      expect(Number((await client.fetch('t', 0, { maxBytes: 1 })).highWatermark)).toBeGreaterThanOrEqual(acknowledged)
      const producing = (async () => {
        for (;;) acknowledged = (await client.produceRecords('t', [{ value, timestamp: Date.now() }])) + 1
      })()
      const failed = expect(producing).rejects.toThrow('closed')
      const target = acknowledged + 150
      await expect.poll(() => acknowledged, { timeout: 20_000, interval: 1 }).toBeGreaterThan(target)
      process.kill(broker.pid, 'SIGKILL')
      await broker.exited
      await failed
    }
    const client = await RawClient.connect(await testBroker({ dataDirectory }))
    expect(Number((await client.fetch('t', acknowledged - 1)).highWatermark)).toBeGreaterThanOrEqual(acknowledged)
  })

  test('notices the death of its owner and stops cleanly', async () => {
    const dataDirectory = temporaryDirectory()
    const owner = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { startBrokerProcess } from ${JSON.stringify(join(process.cwd(), 'dist/engine/broker.js'))}
       const broker = await startBrokerProcess({ dataDirectory: ${JSON.stringify(dataDirectory)} })
       process.stdout.write(String(broker.pid))
       setInterval(() => {}, 1000)`,
    ])
    const pid = Number(
      await new Promise<string>((resolve) => owner.stdout.once('data', (data) => resolve(String(data)))),
    )
    owner.kill('SIGKILL')
    const isAlive = (): boolean => {
      try {
        process.kill(pid, 0)
        return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
      } catch {
        return false
      }
    }
    await expect.poll(isAlive, { timeout: 10_000 }).toBe(false)
    expect(readFileSync(join(dataDirectory, '.kafka_cleanshutdown'), 'utf8')).toBe('')
  })

  test.skipIf(process.platform === 'win32')('a full disk is answered with 56 and corrupts nothing', async () => {
    const dataDirectory = temporaryDirectory()
    const entry = join(process.cwd(), 'dist/engine/kafka/broker/broker-process.js')
    // No file may grow beyond 100 KiB in this process: writes fail as on a full disk, after a part was written.
    const child = spawn('bash', ['-c', `trap '' XFSZ; ulimit -f 100; exec "${process.execPath}" "${entry}"`], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    child.send({ options: { dataDirectory, topics: [{ name: 't' }] } })
    const ready = await new Promise<{ host: string; port: number }>((resolve) =>
      child.once('message', (message) => resolve(message as { host: string; port: number })),
    )
    const client = await RawClient.connect(ready)
    const { batchOf } = await import('../log/log-fixture.ts')
    let stored = 0
    const codes: number[] = []
    for (let i = 0; i < 8; i++) {
      const answer = await client.produce('t', batchOf([{ value: 'y'.repeat(30_000), timestamp: Date.now() }]))
      codes.push(answer.errorCode)
      if (answer.errorCode === 0) stored++
    }
    expect(codes).toEqual([0, 0, 0, 56, 56, 56, 56, 56])
    expect((await client.produce('t', batchOf([{ value: 'small', timestamp: Date.now() }]))).errorCode).toBe(0)
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
    const again = await RawClient.connect(await testBroker({ dataDirectory }))
    expect(Number((await again.fetch('t', 0)).highWatermark)).toBe(stored + 1)
  })

  test.skipIf(process.platform !== 'linux')(
    'what it writes to its log is kept, and it starts fast and small',
    async () => {
      const path = join(temporaryDirectory(), 'broker.log')
      const descriptor = openSync(path, 'w')
      onTestFinished(() => closeSync(descriptor))
      const broker = await brokerProcess({ logDescriptor: descriptor })
      const rss = (pid: number): number =>
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
      const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      onTestFinished(() => void bare.kill())
      await expect.poll(() => (rss(broker.pid) - rss(bare.pid!)) / 1024, { timeout: 5000 }).toBeLessThan(60)
      expect(readFileSync(path, 'utf8')).toBe('')
    },
  )
})
