// `flinkts produce` as a user runs it: same seed, same bytes; pipes; and a broker that is killed in the middle.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProduceResult } from '../../src/services/produce-events.ts'
import type { SessionStatus } from '../../src/services/session/session-protocol.ts'
import { TestProject } from '../helpers/flinkts-command.ts'

let project: TestProject
beforeAll(async () => {
  project = new TestProject({
    'flinkts.yaml': `services: embedded
topics:
  first: { partitions: 3, retention: -1 }
  second: { partitions: 3, retention: -1 }
`,
    'jobs/schemas.ts': `import { schema, t } from 'flinkts'
export const User = schema({ user_id: t.int(), email: t.string(), seen_at: t.epochMillis() })`,
  })
  await project.ok('up')
})
afterAll(() => project.remove())

interface ConsumedLine {
  readonly partition: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
}
async function read(topic: string): Promise<ConsumedLine[]> {
  const text = await project.ok('consume', topic, '--from', 'earliest', '--until', 'now', '--json')
  return text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ConsumedLine)
}
const byPartition = (lines: readonly ConsumedLine[]): string[][] =>
  [0, 1, 2].map((wanted) =>
    lines
      .filter(({ partition }) => partition === wanted)
      .map(({ timestamp, key, value }) => `${timestamp} ${key} ${value}`),
  )

describe('flinkts produce', () => {
  it('writes the same bytes for the same seed, and says how to repeat a run that had none', async () => {
    const flags = ['--generator', 'clickstream', '--count', '2000', '--json']
    const given = JSON.parse(await project.ok('produce', 'first', ...flags)) as { seed: number; startMs: number }
    const start = new Date(given.startMs).toISOString()
    await project.ok('produce', 'second', ...flags, '--seed', String(given.seed), '--start', start)
    const [first, second] = [await read('first'), await read('second')]
    expect(first.length).toBe(2000)
    expect(byPartition(second)).toEqual(byPartition(first))
  })

  it('reads standard input as it comes, and ends at Ctrl-C with everything in the topic', async () => {
    const command = project.start('produce', 'piped', '--file', '-', '--json')
    command.child.stdin!.write('{"n":1}\n{"n":2}\n')
    await expect
      .poll(() => project.run('topics', 'describe', 'piped', '--json').then(({ code }) => code), { timeout: 20_000 })
      .toBe(0)
    await expect.poll(() => read('piped').then(({ length }) => length), { timeout: 20_000 }).toBe(2)
    command.signal('SIGINT')
    const { code, stdout } = await command.end()
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as ProduceResult).records).toBe(2)
  })

  it('makes events of a schema of the project', async () => {
    await project.ok('produce', 'users', '--schema', 'jobs/schemas.ts#User', '--key', 'user_id', '--count', '20')
    for (const { key, value } of await read('users')) {
      const user = JSON.parse(value!) as { user_id: number; email: string }
      expect(user.email).toContain('@')
      expect(key).toBe(String(user.user_id))
    }
  })

  it('says what is wrong, exits with 1 and writes nothing', async () => {
    const { code, stdout, stderr } = await project.run('produce', 'rides', '--set', 'total=0', '--count', '5')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain("have no field 'total' for --set  [OPTION_INVALID]")
    expect(stderr).toContain('fix: Name another field: its fields are PULocationID')
  })

  it('loses nothing and doubles nothing when the broker is killed in the middle', async () => {
    const command = project.start('produce', 'orders', '--rate', '8000', '--count', '100000', '--record-time', 'now')
    await expect
      .poll(() => project.run('consume', 'orders', '--from', 'earliest', '--count', '1').then(({ code }) => code), {
        timeout: 30_000,
      })
      .toBe(0)
    const status = JSON.parse(await project.ok('status', '--json')) as SessionStatus
    expect(command.child.exitCode).toBeNull() // in the middle of it
    process.kill(status.services.find(({ name }) => name === 'kafka')!.pid!, 'SIGKILL')
    const { code, stdout } = await command.end()
    expect(code).toBe(0)
    expect(stdout).toContain('Wrote 100000 records to orders')
    const ids = (await read('orders')).map(({ value }) => (JSON.parse(value!) as { order_id: number }).order_id)
    expect(ids).toEqual(Array.from({ length: 100_000 }, (_, index) => index + 1))
  })
})
