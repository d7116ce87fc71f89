// Flink's own dashboard, unmodified, against our API in a real browser: every page opens without an error in its console and
// without a request that fails, and shows what runs.
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TestProject } from '../../helpers/flinkts-command.ts'
import { startDashboard, type DashboardServer } from './dashboard-server.ts'

const FILES = process.env['FLINKTS_DASHBOARD'] ?? ''
const CHROMIUM = process.env['FLINKTS_CHROMIUM'] ?? '/usr/bin/chromium'
const LIMIT_MS = 180_000
const PAGE_LIMIT_MS = 30_000

const RUNNING_JOB = `SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '1 s';
SET 'pipeline.name' = 'rides-per-minute';
CREATE TABLE rides (id INT, fare DOUBLE, ts AS CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3)), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.id.min' = '1', 'fields.id.max' = '9');
CREATE TABLE totals (id INT, window_end TIMESTAMP(3), fares DOUBLE) WITH ('connector' = 'print');
INSERT INTO totals SELECT id, window_end, SUM(fare) FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(ts), INTERVAL '1' SECOND))
  GROUP BY id, window_start, window_end;
`
const FAILING_JOB = `SET 'pipeline.name' = 'bad-record';
SET 'execution.checkpointing.interval' = '1 s';
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.delay' = '100 ms';
SET 'restart-strategy.fixed-delay.attempts' = '2';
CREATE TABLE fares (id INT, fare DOUBLE) WITH ('connector' = 'filesystem', 'path' = 'data/fares.json', 'format' = 'json');
CREATE TABLE nowhere (id INT, fare DOUBLE) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT id, fare FROM fares;
`

interface JobIds {
  readonly running: string
  readonly failing: string
}

let project: TestProject
let dashboard: DashboardServer
let browser: Browser
let jobs: JobIds
let page: Page
let problems: string[]
const screenshots = mkdtempSync(join(tmpdir(), 'flinkts-dashboard-'))

async function api<T>(path: string): Promise<T> {
  return (await (await fetch(`${dashboard.address}${path}`)).json()) as T
}

async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`waited 60 s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

interface JobOverview {
  readonly jobs: readonly { readonly jid: string; readonly name: string; readonly state: string }[]
}

function jobIn(name: string, state: string): Promise<string> {
  return eventually(
    `${name} to be ${state}`,
    async () =>
      (await api<JobOverview>('/jobs/overview')).jobs.find((job) => job.name === name && job.state === state)?.jid,
  )
}

beforeAll(async () => {
  if (!existsSync(join(FILES, 'index.html'))) throw new Error('FLINKTS_DASHBOARD names no folder with the dashboard')
  project = new TestProject({
    'flinkts.yaml': 'cluster: { taskManagers: 1 }\n',
    'rides.sql': RUNNING_JOB,
    'bad.sql': FAILING_JOB,
    'data/fares.json': '{"id": 1, "fare": 2.5}\n{"id": "one", "fare": }\n',
  })
  await project.ok('run', 'rides.sql', '--detach')
  await project.run('run', 'bad.sql', '--detach')
  const session = /"restAddress":\s*"([^"]+)"/.exec(project.read('.flinkts/session.json'))![1]!
  dashboard = await startDashboard(FILES, session)
  jobs = { running: await jobIn('rides-per-minute', 'RUNNING'), failing: await jobIn('bad-record', 'FAILED') }
  await eventually('two checkpoints', async () => {
    const { counts } = await api<{ counts: { completed: number } }>(`/jobs/${jobs.running}/checkpoints`)
    return counts.completed >= 2 ? true : undefined
  })
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
}, LIMIT_MS)
afterAll(async () => {
  await browser?.close()
  await dashboard?.stop()
  await project?.remove()
}, LIMIT_MS)

beforeEach(async () => {
  problems = []
  page = await browser.newPage({ viewport: { width: 1500, height: 1000 } })
  page.setDefaultTimeout(PAGE_LIMIT_MS)
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`page: ${error.message}`))
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.request().method()} ${response.url()}`)
  })
})
afterEach(async () => {
  await page.close()
})

/**
 * Opens a page and waits until it shows all of `texts`; without any, until its editor is there: a page that is left before
 * has its editor laid out all the same, and says so in the console.
 */
async function open(path: string, ...texts: readonly (string | RegExp)[]): Promise<void> {
  if (texts.length === 0) await page.goto('about:blank') // else the editor of the page before is found
  await page.goto(`${dashboard.address}/#${path}`)
  if (texts.length === 0) await page.locator('.monaco-editor').first().waitFor()
  const name = path.replace(jobs.running, 'of-running').replace(jobs.failing, 'of-failed')
  await shows(name.replaceAll(/[^\w]+/g, '-').slice(1), ...texts)
}

/** A text may stand in several places, some of them hidden. The editor of logs writes its own spaces. */
async function shows(name: string, ...texts: readonly (string | RegExp)[]): Promise<void> {
  try {
    for (const text of texts) {
      await page.getByText(text).filter({ visible: true }).first().waitFor()
    }
    await page.waitForLoadState('networkidle')
  } finally {
    await page.screenshot({ path: join(screenshots, `${name}.png`) })
  }
  expect(problems).toEqual([])
}

async function tab(name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).filter({ visible: true }).last().click()
}

describe('Flink’s dashboard', { timeout: LIMIT_MS }, () => {
  it('lists the jobs', async () => {
    await open('/overview', 'Available Task Slots', 'rides-per-minute', 'RUNNING', 'bad-record', 'FAILED')
    await open('/job/running', 'rides-per-minute')
    await open('/job/completed', 'bad-record')
  })

  it('draws the graph of a running job and what its vertices do', async () => {
    const overview = `/job/running/${jobs.running}/overview`
    await open(overview, 'rides-per-minute', 'RUNNING', /Source: rides/, /WindowAggregate/, 'HASH')
    await shows('graph-with-figures', /Busy \(max\): \d+%/, /Backpressured \(max\): \d+%/)
    const { vertices } = await api<{ vertices: { id: string; name: string }[] }>(`/jobs/${jobs.running}`)
    const vertex = vertices.at(-1)!
    // one after the other as a user clicks: the drawer keeps its vertex
    await page.goto('about:blank')
    await open(`${overview}/${vertex.id}/detail`, vertex.name, 'RUNNING', 'Max Parallelism')
    for (const [path, texts] of [
      ['subtasks', ['taskmanager-1']],
      ['taskmanagers', ['taskmanager-1']],
      ['watermarks', [/Watermark/]],
      ['accumulators', [/Accumulator/]],
      ['backpressure', [/OK|LOW|HIGH/]],
      ['metrics', [/metric/i]],
      ['flamegraph', [/flame ?graph/i]],
    ] as const) {
      await page.goto('about:blank')
      await open(`${overview}/${vertex.id}/${path}`, ...texts)
    }
  })

  it('shows time line, skew, configuration and exceptions', async () => {
    await open(`/job/running/${jobs.running}/dataskew`, /Data Skew/)
    await open(`/job/running/${jobs.running}/timeline`, 'rides-per-minute')
    await open(`/job/running/${jobs.running}/configuration`, 'Execution Configuration')
    await open(`/job/running/${jobs.running}/exceptions`, 'Root Exception')
    await open(`/job/completed/${jobs.failing}/exceptions`, 'Root Exception', /JSON|parse/i)
    await tab('Exception History')
    await shows('exception-history', /Source: fares/)
  })

  it('shows checkpoints', async () => {
    await open(`/job/running/${jobs.running}/checkpoints`, 'Checkpoint Counts', 'Latest Completed Checkpoint')
    for (const [name, text] of [
      ['History', 'COMPLETED'],
      ['Summary', 'End to End Duration'],
      ['Configuration', 'Checkpointing Mode'],
    ] as const) {
      await tab(name)
      await shows(`checkpoints-${name.toLowerCase()}`, text)
    }
  })

  it('shows TaskManagers', async () => {
    await open('/task-manager', 'taskmanager-1')
    const base = '/task-manager/taskmanager-1'
    await open(`${base}/metrics`, 'JVM (Heap/Non-Heap) Memory')
    await open(`${base}/logs`, /switched/)
    await open(`${base}/stdout`)
    await open(`${base}/log-list`, 'taskmanager-1.log')
    await open(`${base}/thread-dump`, /event.loop/)
  })

  it('shows the JobManager', async () => {
    await open('/job-manager/metrics', 'JVM (Heap/Non-Heap) Memory')
    await open('/job-manager/config', 'taskmanager.numberOfTaskSlots')
    await open('/job-manager/logs', /REST\sAPI/)
    await open('/job-manager/stdout')
    await open('/job-manager/log', 'session.log')
    await open('/job-manager/thread-dump', /coordinator/)
  })
})
