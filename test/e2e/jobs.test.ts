// A job's life by the commands of every day: detached, listed, followed by others, stopped, inspected, restarted; and what
// is left when things die in between.
import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const JOB = 'jobs/hourly-revenue.sql'
const LIMIT_MS = 60_000
// a test is a dozen commands, each a process of its own
const TEST_LIMIT_MS = 300_000

interface JobLine {
  readonly job: string
  readonly jobId: string
  readonly state: string
  readonly running: boolean
  readonly nextRun?: { readonly kind: string; readonly location?: string }
}
interface SnapshotLine {
  readonly job: string
  readonly kind: string
  readonly name: string
  readonly location: string
  readonly problem?: string
  readonly neededBy?: string
}

let project: TestProject
beforeEach(async () => {
  project = TestProject.taxi()
  const [header, ...trips] = project.read('data/trips.csv').trimEnd().split('\n')
  project.write('first.csv', [header, ...trips.slice(0, 5000)].join('\n'))
  project.write('second.csv', [header, ...trips.slice(5000)].join('\n'))
  await project.ok('up')
  await project.ok('produce', 'rides', '--file', 'first.csv')
})
afterEach(() => project.remove())

const lines = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

async function jobs(): Promise<JobLine[]> {
  return lines(await project.ok('jobs', 'list', '--json'))
}
async function snapshots(): Promise<SnapshotLine[]> {
  return lines(await project.ok('savepoints', 'list', '--json'))
}

function endingOf(key: string): string | undefined {
  const folder = project.path('.flinkts/jobs')
  for (const name of readdirSync(folder)) {
    const record = JSON.parse(project.read(join('.flinkts/jobs', name, 'job.json'))) as {
      key: string
      ending: { kind: string }
    }
    if (record.key === key) return record.ending.kind
  }
  return undefined
}

interface ManifestFile {
  readonly manifest: {
    readonly jobKey: string
    readonly completedAt: number
    readonly operators: readonly { readonly splits?: readonly { readonly state: { readonly nextOffset: number } }[] }[]
  }
}

/** Where the newest checkpoint of the job goes on; read from its files, for a command takes longer than a checkpoint. */
function newestPosition(): number {
  const found = readdirSync(project.folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /chk-\d+[\\/]_metadata$/.test(path))
    .flatMap((path): ManifestFile['manifest'][] => {
      try {
        return [(JSON.parse(project.read(path)) as ManifestFile).manifest]
      } catch {
        return [] // it has just been replaced by a newer one
      }
    })
    .filter(({ jobKey }) => jobKey === JOB)
    .sort((a, b) => b.completedAt - a.completedAt)
  return found[0]?.operators.flatMap(({ splits }) => splits ?? [])[0]?.state.nextOffset ?? -1
}

async function eventually(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${LIMIT_MS} ms: ${what}`)
    await delay(20)
  }
}

const untilCheckpointAt = (offset: number): Promise<void> =>
  eventually(() => newestPosition() >= offset, `a checkpoint at ${offset}`)

/** Every window that fired holds what plain SQL over the input says. */
async function totalTrips(): Promise<number> {
  const [row] = await project.query<{ total: number }>(
    'SELECT coalesce(sum(trips), 0)::int AS total FROM hourly_revenue',
  )
  return row!.total
}

describe('a detached job', { timeout: TEST_LIMIT_MS }, () => {
  it('outlives its command; is listed, followed, stopped with a savepoint and restarted by name', async () => {
    const started = JSON.parse(await project.ok('run', JOB, '--detach', '--json')) as Record<string, string>
    expect(started).toMatchObject({ name: JOB, status: 'RUNNING' })
    expect(started['restAddress']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const twice = await project.run('run', JOB, '--detach')
    expect(twice.code).toBe(1)
    expect(twice.stderr).toContain(`job '${JOB}' is already running in this session`)
    await project.ok('run', 'jobs/pass-through.sql', '-d')
    expect(await jobs()).toMatchObject([{ running: true }, { running: true }])

    const watcher = project.start('attach', 'hourly-revenue')
    await watcher.saw(/Ctrl-C leaves it running/)
    await watcher.saw(/RUNNING/)
    watcher.signal('SIGINT')
    expect((await watcher.end()).code).toBe(0)
    expect((await jobs()).every(({ running }) => running)).toBe(true)

    await untilCheckpointAt(5000)
    const second = project.start('attach', JOB, '--json')
    await second.saw(/"kind":"attached"/)
    const stopped = JSON.parse(await project.ok('jobs', 'stop', 'hourly-revenue', '--savepoint', 'kept', '--json')) as {
      savepoint: string
    }
    expect(stopped.savepoint.startsWith(project.path('kept'))).toBe(true)
    expect(await second.end()).toMatchObject({ code: 0, stdout: expect.stringContaining('"kind":"ended"') as string })
    const [, ended] = await jobs()
    expect(ended).toMatchObject({
      job: JOB,
      state: 'STOPPED',
      nextRun: { kind: 'restore', location: stopped.savepoint },
    })

    await project.ok('produce', 'rides', '--file', 'second.csv')
    const restarted = await project.run('jobs', 'restart', 'hourly-revenue')
    expect(restarted.code).toBe(0)
    expect(restarted.stderr).toContain(`resuming from the savepoint of the last stop, ${stopped.savepoint}`)
    await untilCheckpointAt(10_000)
    const before = await totalTrips()
    const again = await project.run('jobs', 'restart', 'hourly-revenue')
    expect(again.stderr).toMatch(/stopping .* with a savepoint\nnote: resuming from the savepoint/)
    expect(await totalTrips()).toBe(before)
    // it answers when the job has ended, and that is written down
    const canceled = JSON.parse(await project.ok('jobs', 'cancel', 'pass-through', '--json')) as JobLine
    expect(canceled).toMatchObject({ job: 'jobs/pass-through.sql', canceled: true, state: 'CANCELED' })
    expect(endingOf('jobs/pass-through.sql')).toBe('canceled')
    await project.ok('down')
    // nobody is asked: .flinkts remembers
    expect(await jobs()).toMatchObject([
      { job: JOB, running: false, nextRun: { kind: 'restore' } },
      { job: 'jobs/pass-through.sql', state: 'CANCELED', nextRun: { kind: 'fresh' } },
    ])
    expect((await project.run('jobs', 'show', 'hourly')).stderr).toContain('[JOB_NOT_FOUND]')
  })

  it('says at once what is wrong from the start, and detaches no SELECT', async () => {
    project.write('missing.sql', project.read(JOB).replace(`'topic' = 'rides'`, `'topic' = 'nowhere'`))
    const failed = await project.run('run', 'missing.sql', '--detach')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('[KAFKA_TOPIC_MISSING]')
    project.write('select.sql', 'SELECT 1 AS x;')
    const select = await project.run('run', 'select.sql', '--detach')
    expect(select.code).toBe(1)
    expect(select.stderr).toContain('is a SELECT')
  })

  it('goes on from its last checkpoint when its session is killed, also in the middle of a stop', async () => {
    await project.ok('run', JOB, '--detach')
    await untilCheckpointAt(5000)
    const { pid } = JSON.parse(project.read('.flinkts/session.json')) as { pid: number }
    const stop = project.start('jobs', 'stop', 'hourly-revenue')
    await stop.saw(/stopping .* with a savepoint/)
    process.kill(pid, 'SIGKILL')
    await stop.end()
    await project.expectNoProcesses()
    const [job] = await jobs()
    expect(job!.nextRun).toMatchObject({ kind: 'restore' })
    expect(['CRASHED', 'STOPPED']).toContain(job!.state)
    await project.ok('up')
    await project.ok('produce', 'rides', '--file', 'second.csv')
    const restarted = await project.run('jobs', 'restart', 'hourly-revenue')
    expect(restarted.code).toBe(0)
    expect(restarted.stderr).toMatch(
      /note: (the last run ended in a crash; resuming from .*chk-\d+|resuming from the savepoint)/,
    )
    await untilCheckpointAt(10_000)
    const kill = project.start('jobs', 'stop', 'hourly-revenue')
    await kill.saw(/stopping .* with a savepoint/)
    kill.signal('SIGKILL')
    await kill.end()
    // whoever asked has gone; the stop goes on
    await eventually(() => endingOf(JOB) === 'stopped', 'the end of the stop')
    expect((await jobs())[0]!.state).toBe('STOPPED')
  })
})

describe('savepoints', { timeout: TEST_LIMIT_MS }, () => {
  it('are listed, inspected, compared, restored and deleted', async () => {
    await project.ok('run', JOB, '--detach')
    await untilCheckpointAt(5000)
    const taken = JSON.parse(await project.ok('savepoints', 'create', 'hourly-revenue', '--json')) as {
      savepoint: string
    }
    await project.ok('produce', 'rides', '--file', 'second.csv')
    await untilCheckpointAt(10_000)
    const stopped = JSON.parse(await project.ok('jobs', 'stop', JOB, '--json')) as { savepoint: string }
    const all = await snapshots()
    expect(all.find(({ location }) => location === stopped.savepoint)).toMatchObject({
      kind: 'savepoint',
      neededBy: 'next',
    })
    expect(all.find(({ location }) => location === taken.savepoint)).toMatchObject({ kind: 'savepoint' })
    expect(all.some(({ kind }) => kind === 'checkpoint')).toBe(true)

    const text = await project.ok('savepoints', 'inspect', 'hourly-revenue')
    expect(text).toContain('PULocationID → count(*)')
    expect(text).toMatch(/rides\[1\]\s+rides-0\s+10000/)
    expect(text).toContain('"clusterId"')
    const name = taken.savepoint.split('/').at(-1)!
    const [entry] = lines<{ key: { PULocationID: number }; values: Record<string, number>; namespace: number }>(
      await project.ok('savepoints', 'inspect', name, '--state', 'window-aggregate', '--entries', '1', '--json'),
    )
    expect(entry!.values['count(*)']).toBeGreaterThan(0)
    const byKey = lines<typeof entry>(
      await project.ok('savepoints', 'inspect', name, '--key', String(entry!.key.PULocationID), '--json'),
    )
    expect(byKey.every((found) => found!.key.PULocationID === entry!.key.PULocationID)).toBe(true)
    const diff = await project.ok('savepoints', 'diff', name, stopped.savepoint)
    expect(diff).toContain('rides[1] rides-0: 5000 → 10000 (+5000)')
    expect(diff).toMatch(/window-aggregate of .*: \d+ → \d+ entries: \d+ added, \d+ removed, \d+ changed\n {4}[+~-] /)

    const refused = await project.run('savepoints', 'delete', stopped.savepoint)
    expect(refused.stderr).toContain(`the next run of ${JOB} begins from it`)
    expect(existsSync(stopped.savepoint)).toBe(true)
    const restored = await project.run('savepoints', 'restore', name)
    expect(restored.code).toBe(0)
    expect(restored.stderr).toContain(`restoring from ${taken.savepoint}`)
    await untilCheckpointAt(10_000)
    await project.ok('jobs', 'stop', JOB)
    await project.ok('savepoints', 'delete', taken.savepoint)
    expect(existsSync(taken.savepoint)).toBe(false)
  })

  it('that are damaged are named, without a stack trace, and what is nearest where there is none', async () => {
    await project.ok('run', JOB, '--detach')
    await untilCheckpointAt(5000)
    const { savepoint } = JSON.parse(await project.ok('jobs', 'stop', JOB, '--json')) as { savepoint: string }
    const file = readdirSync(savepoint).find((entry) => entry.endsWith('.state'))!
    truncateSync(join(savepoint, file), 10)
    const torn = await project.run('savepoints', 'inspect', savepoint)
    expect(torn.code).toBe(1)
    expect(torn.stderr).toMatch(/Error: checkpoint .* is cut off {2}\[CHECKPOINT_CORRUPT\]/)
    expect(torn.stderr).not.toContain('    at ')
    expect((await snapshots()).find(({ location }) => location === savepoint)?.problem).toContain('is cut off')
    expect(await project.ok('savepoints', 'list')).toContain('damaged')
    writeFileSync(join(savepoint, '_metadata'), '{ torn')
    for (const command of ['inspect', 'restore']) {
      const { code, stderr } = await project.run('savepoints', command, savepoint)
      expect(code).toBe(1)
      expect(stderr).toContain('its manifest is torn')
    }
    await project.ok('savepoints', 'delete', savepoint, '--force')
    const gone = await project.run('savepoints', 'inspect', savepoint)
    expect(gone.stderr).toContain('[FILE_NOT_FOUND]')
    expect((await project.run('savepoints', 'inspect', 'hourly-revenu')).stderr).toContain('savepoints list')
  })

  it('lie where checkpoints.storage says, and restore from there', async () => {
    await project.ok('down')
    const config = project.read('flinkts.yaml').replace('checkpoints:', 'checkpoints:\n  storage: state')
    project.write('flinkts.yaml', config)
    await project.ok('up')
    await project.ok('run', JOB, '--detach')
    await untilCheckpointAt(5000)
    const { savepoint } = JSON.parse(await project.ok('jobs', 'stop', JOB, '--json')) as { savepoint: string }
    expect(savepoint.startsWith(project.path('state'))).toBe(true)
    const all = await snapshots()
    expect(all.length).toBeGreaterThan(1)
    expect(all.every(({ location }) => location.startsWith(project.path('state')))).toBe(true)
    const { code, stderr } = await project.run('jobs', 'restart', JOB)
    expect(code).toBe(0)
    expect(stderr).toContain(`resuming from the savepoint of the last stop, ${savepoint}`)
  })
})
