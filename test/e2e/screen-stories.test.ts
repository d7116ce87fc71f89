// What a new user sees of a job that is healthy, stuck on an idle partition, held up by a slow sink, or restarting for ever
// because of a bad record: the screen names the cause, or does so after one key press. In 80 × 24 and in 200 × 60.
// Needs tmux.
import { afterEach, describe, expect, it } from 'vitest'
import type { TestProject } from '../helpers/flinkts-command.ts'
import {
  BAD_OFFSET,
  badRecord,
  healthyJob,
  idlePartition,
  setIdleTimeout,
  slowSink,
  unsetRestartStrategy,
  type Situation,
} from '../helpers/job-situations.ts'
import { hasTmux, Terminal } from '../helpers/terminal.ts'

// a test is two screens and a dozen commands, each a process of its own
const TEST_LIMIT_MS = 300_000
const SMALL = { columns: 80, rows: 24 }
const LARGE = { columns: 200, rows: 60 }

interface WhyAnswer {
  readonly name: string
  readonly status: string
  readonly findings: readonly {
    readonly kind: string
    readonly severity: string
    readonly text: string
    readonly details: readonly string[]
    readonly facts: Record<string, unknown>
  }[]
}

let situation: Situation | undefined
let terminals: Terminal[] = []

afterEach(async () => {
  for (const terminal of terminals) terminal.close()
  terminals = []
  await situation?.close()
  situation = undefined
})

/** The job on a small screen that runs it and on a large one that looks on. */
async function screensOf({ project, job }: Situation): Promise<readonly [small: Terminal, large: Terminal]> {
  const small = new Terminal(project.folder, SMALL)
  const large = new Terminal(project.folder, LARGE)
  terminals = [small, large]
  small.flinkts(`run ${job}`)
  await small.saw(/\[overview\]/)
  large.flinkts(`attach ${job}`)
  await large.saw(/\[1 overview\]/)
  return [small, large]
}

async function why(project: TestProject, job: string): Promise<WhyAnswer> {
  return JSON.parse(await project.ok('why', job, '--json')) as WhyAnswer
}

/** Each line is as wide as the screen allows, and the keys are at the bottom. */
function expectWhole(screen: string, { columns, rows }: typeof SMALL): void {
  const lines = screen.replace(/\n$/, '').split('\n')
  expect(lines).toHaveLength(rows)
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns)
  expect(lines.at(-1)).toMatch(/^q (stop|leave) .*\? help$/)
}

/** The screen says `banner`, and with `w` all of `told`, without scrolling. */
async function expectWhy(terminal: Terminal, size: typeof SMALL, banner: RegExp, told: RegExp): Promise<void> {
  expectWhole(await terminal.saw(banner), size)
  terminal.press('w')
  expectWhole(await terminal.told(told), size)
  terminal.press('w')
  await terminal.saw(banner)
}

describe.runIf(hasTmux())('the screen of a job', { timeout: TEST_LIMIT_MS }, () => {
  it('that is healthy says so', async () => {
    situation = await healthyJob()
    const { project, job } = situation
    const [small, large] = await screensOf(situation)
    for (const [terminal, size] of [
      [small, SMALL],
      [large, LARGE],
    ] as const) {
      const isCalm = /^(?!.*\b(cause|warning): ).* RUNNING .* restarts 0 in [1-9].* watermark \d{4}-/
      expectWhole(await terminal.told(isCalm), size)
      terminal.press('w')
      await terminal.told(
        /note: the job runs, for [\d.]+ (s|min)[^:]*: [\d,.]+\/s read, [\d,]+ waiting, [\d,]+ rows written/,
      )
    }
    expect(await project.ok('why', job)).toMatch(/^jobs\/hourly-revenue\.sql is RUNNING\n(note .*\n( .*\n)*)+$/)
    const answer = await why(project, job)
    expect(answer).toMatchObject({ name: job, status: 'RUNNING' })
    expect(answer.findings.map(({ severity }) => severity)).not.toContain('cause')
    expect(answer.findings.map(({ kind }) => kind)).toContain('healthy')
  })

  it('that waits for an idle partition names it, since when, and the setting', async () => {
    situation = await idlePartition()
    const { project, job } = situation
    const [small, large] = await screensOf(situation)
    const banner = /^cause: rides-2 holds the watermark back: its last record came [\d.]+ (s|min)/m
    const told =
      /rides-2 holds the watermark back: its last record came [\d.]+ (s|min).* its watermark is \d{4}-.* rides-0 and rides-1 are at .* no idle timeout is set: .* SET 'table\.exec\.source\.idle-timeout' = '10s'/
    await expectWhy(small, SMALL, banner, told)
    await expectWhy(large, LARGE, banner, told)
    small.press('5')
    await small.saw(/^rides-2 .* HOLDS BACK, no timeout/m)
    expect(await project.ok('why', job)).toMatch(/^CAUSE +rides-2 holds the watermark back: its last record came /m)
    const { findings } = await why(project, job)
    expect(findings[0]).toMatchObject({
      kind: 'watermark-held',
      severity: 'cause',
      facts: { holder: 'rides-2', idleTimeoutMs: 0, quietMs: expect.any(Number) as number },
    })
    // what it tells to do helps
    small.press('q')
    await small.saw(/EXIT 0/)
    setIdleTimeout(situation)
    small.type('clear')
    small.flinkts(`run ${job}`)
    const rows = 'SELECT count(*)::int AS count FROM hourly_revenue'
    await project.queryUntil<{ count: number }>(rows, ([row]) => row!.count > 500)
    await small.saw(/\[overview\]/)
    expect((await why(project, job)).findings[0]!.severity).not.toBe('cause')
  })

  it('that a slow sink holds up names the sink and the table', async () => {
    situation = await slowSink()
    const { project, job } = situation
    const [small, large] = await screensOf(situation)
    const banner = /^cause: sink hourly_revenue\[\d+\] /m
    const told = /cause: sink hourly_revenue\[\d+\] .*the database.* what to do: .*pg_stat_activity/
    await expectWhy(small, SMALL, banner, told)
    await expectWhy(large, LARGE, banner, told)
    await large.saw(/BACK-PRESSURED/)
    expect(await project.ok('why', job)).toMatch(/^CAUSE +sink hourly_revenue\[\d+\] .*the database/m)
    const { findings } = await why(project, job)
    expect(findings[0]).toMatchObject({
      kind: 'sink',
      severity: 'cause',
      facts: { table: 'hourly_revenue', connector: 'jdbc', sinceMs: expect.any(Number) as number },
    })
    expect(findings.filter(({ severity }) => severity === 'cause').every(({ text }) => text.includes('sink'))).toBe(
      true,
    )
    small.press('c')
    await small.saw(/cancel .*\?/)
    small.press('y')
    expect(await small.saw(/EXIT 0/)).toContain('CANCELED')
  })

  it('that restarts for ever names the record, its field, and how often it has been restarted', async () => {
    situation = await badRecord()
    const { project, job } = situation
    const [small, large] = await screensOf(situation)
    const banner = /^cause: the job restarts again and again: record at topic rides/m
    const told = new RegExp(
      `the job restarts again and again: record at topic rides, partition 0, offset ${BAD_OFFSET}: .* field: total_amount\\. .*restarted \\d+ times so far.* what to do: Skip such records with 'json\\.ignore-parse-errors' = 'true'`,
    )
    await expectWhy(small, SMALL, banner, told)
    await expectWhy(large, LARGE, banner, told)
    small.press('8')
    await small.told(/RECORD_MALFORMED ×\d+ since .* offset 2: .* field: total_amount/)
    await small.saw(/restarts [2-9]/)
    expect(await project.ok('why', job)).toMatch(/^CAUSE +the job restarts again and again: record at topic rides, /m)
    const { findings } = await why(project, job)
    expect(findings[0]).toMatchObject({
      kind: 'job-status',
      severity: 'cause',
      facts: { restarts: expect.any(Number) as number, code: 'RECORD_MALFORMED' },
    })
    large.press('q')
    await large.saw(/EXIT 0/)
    small.press('c')
    await small.saw(/cancel .*\?/)
    small.press('y')
    await small.saw(/EXIT 0/)
    // without a strategy of the user's own nothing is tried that cannot help
    unsetRestartStrategy(situation)
    small.type('clear')
    small.flinkts(`run ${job}`)
    const end = await small.told(/EXIT 1/)
    expect(end.replaceAll(/\s+/g, '')).toContain(`recordattopicrides,partition0,offset${BAD_OFFSET}:`)
    expect(await project.ok('why', job)).toMatch(
      /is FAILED\nCAUSE +the job has failed: record at topic rides, partition 0, offset 2: .*total_amount/,
    )
  })
})

it(
  'of a job with more subtasks than partitions is warned of before it runs, and why says it while it does',
  async () => {
    situation = await idlePartition()
    const { project, job } = situation
    const { code, stderr } = await project.run('run', job, '--parallelism', '4', '--detach')
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /note: rides is read by 4 subtasks and has no idle timeout: .*table\.exec\.source\.idle-timeout/,
    )
    expect(stderr).toMatch(/note: source 'rides\[\d+\]' has 3 .*for parallelism 4/)
    const { findings } = await why(project, job)
    expect(findings[0]).toMatchObject({ kind: 'watermark-held', severity: 'cause' })
    project.write(
      job,
      project.read(job).replace('window_start, window_end, PULocationID;', 'window_start, PULocationID;'),
    )
    await project.ok('jobs', 'cancel', job)
    expect((await project.run('run', job, '--detach')).stderr).toContain(
      'note: GROUP BY has window_start but not window_end',
    )
  },
  TEST_LIMIT_MS,
)
