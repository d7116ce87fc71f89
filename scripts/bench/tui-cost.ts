// Guards: the screen of `run` and `attach` costs below 5 % of a core in 80 × 24 and below 10 % in 200 × 60, at most four redraws
// a second, though every figure on it changes with every answer; and nothing is written where nothing changes. The screen runs
// in a process of its own, with all that it takes: asking, reading, laying out, writing.
//
//   npm run bench:tui                                        five minutes
//   npm run bench:tui -- --seconds 30 --tab overview
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { renderTable } from '../../src/output/text-table.ts'
import { showJob } from '../../src/tui/show-job.ts'
import { TABS } from '../../src/tui/screen-state.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    tab: { type: 'string' },
    /** Of the process with the screen: address, columns, rows. */
    screen: { type: 'string' },
  },
})
const seconds = Number(options.seconds)
const WARM_UP_MS = 3_000
const [VERTICES, PARALLELISM, PARTITIONS] = [5, 4, 16] as const

interface Cost {
  readonly cpuPercent: number
  readonly redrawsPerSecond: number
  readonly bytesPerSecond: number
}

/** A terminal that counts what it is told. */
class CountingOutput extends Writable {
  readonly columns: number
  readonly rows: number
  writes = 0
  bytes = 0
  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes++
    this.bytes += chunk.length
    done()
  }
}

async function measureScreen(address: string, columns: number, rows: number, tab: string): Promise<Cost> {
  const input = new PassThrough()
  const output = new CountingOutput(columns, rows)
  const done = (): Promise<string> => Promise.resolve('')
  const screen = showJob(
    {
      restAddress: address,
      jobId: 'job',
      isWatched: true,
      quit: () => undefined,
      stop: done,
      cancel: done,
      savepoint: done,
      replay: done,
    },
    { input: input as unknown as NodeJS.ReadStream, output: output as unknown as NodeJS.WriteStream },
  )
  input.write(tab)
  await delay(WARM_UP_MS)
  const [writes, bytes] = [output.writes, output.bytes]
  const [cpu, startedMs] = [process.cpuUsage(), performance.now()]
  await delay(seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  const elapsed = (performance.now() - startedMs) / 1000
  screen.close()
  return {
    cpuPercent: (user + system) / 10_000 / elapsed,
    redrawsPerSecond: (output.writes - writes) / elapsed,
    bytesPerSecond: (output.bytes - bytes) / elapsed,
  }
}

/** Numbers that differ with every call, or never do. */
type Next = (scale: number) => number

function vertexAnswer(path: string, next: Next): unknown {
  if (path.endsWith('/subtasks/metrics'))
    return [
      ...['numRecordsInPerSecond', 'numRecordsOutPerSecond', 'numRecordsSend'].map((id) => ({
        id,
        sum: next(900_000),
      })),
      ...['busyTimeMsPerSecond', 'backPressuredTimeMsPerSecond'].map((id) => ({ id, max: next(1_000) })),
      { id: 'currentInputWatermark', min: 1.76e12 + next(1e6) },
    ]
  if (path.endsWith('/metrics'))
    return Array.from({ length: PARALLELISM }, (_, index) => index).flatMap((index) =>
      ['numRecordsInPerSecond', 'numRecordsOutPerSecond', 'busyTimeMsPerSecond', 'currentInputWatermark'].map(
        (name) => ({ id: `${index}.${name}`, value: String(next(1_000)) }),
      ),
    )
  const subtasks = Array.from({ length: PARALLELISM }, (_, subtask) => ({
    subtask,
    status: 'RUNNING',
    'taskmanager-id': `taskmanager-${(subtask % 2) + 1}`,
  }))
  return { subtasks }
}

function jobAnswer(next: Next): unknown {
  const vertices = Array.from({ length: VERTICES }, (_, index) => ({
    id: `v${index}`,
    name: `Source: rides[${index}] -> Calc[${index + 10}] -> WindowAggregate[${index + 20}]`,
    parallelism: PARALLELISM,
    status: 'RUNNING',
  }))
  const nodes = vertices.map(({ id }, index) => ({
    id,
    inputs: index === 0 ? [] : [{ id: `v${index - 1}`, ship_strategy: 'HASH' }],
  }))
  return { name: 'bench', state: 'RUNNING', duration: next(1e7), now: 1.76e12 + next(1e6), vertices, plan: { nodes } }
}

function checkpointsAnswer(next: Next): unknown {
  const history = Array.from({ length: 10 }, (_, index) => ({
    id: 100 - index,
    status: 'COMPLETED',
    trigger_timestamp: 1.76e12 + next(1e6),
    end_to_end_duration: next(900),
    state_size: next(1e9),
    num_subtasks: VERTICES * PARALLELISM,
    num_acknowledged_subtasks: VERTICES * PARALLELISM,
  }))
  return { counts: { completed: next(1_000) }, history }
}

function flinktsAnswer(path: string, next: Next): unknown {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  if (path.endsWith('/why'))
    return { findings: [{ kind: 'lag', severity: 'cause', text: `${next(1e6)} records lie unread`, details: [] }] }
  if (path.endsWith('/topics'))
    return {
      at: 1.76e12 + next(1e6),
      topics: [
        {
          name: 'rides',
          partitions: partitions.map((partition) => ({ partition, latestOffset: next(1e9), position: 1 })),
        },
      ],
    }
  if (path.endsWith('/diagnostics'))
    return {
      subtasks: [
        {
          subtaskIndex: 0,
          source: {
            splits: partitions.map((id) => ({
              id: `rides-${id}`,
              watermark: 1.76e12 + next(1e6),
              lastActiveAt: 1.76e12,
            })),
          },
        },
      ],
    }
  return {
    lines: Array.from({ length: 500 }, () => `2025-11-01T10:00:00.000Z stdout a line that was printed ${next(1e9)}`),
  }
}

function answer(path: string, next: Next): unknown {
  if (path.startsWith('/flinkts/')) return flinktsAnswer(path, next)
  if (path.includes('/vertices/')) return vertexAnswer(path, next)
  if (path.startsWith('/taskmanagers/'))
    return { slotsNumber: 8, freeSlots: 4, metrics: { heapUsed: next(1e9), heapMax: 4e9 } }
  if (path === '/taskmanagers') return { taskmanagers: [{ id: 'taskmanager-1' }, { id: 'taskmanager-2' }] }
  if (path.endsWith('/metrics')) return [{ id: 'numRestarts', value: '0' }]
  if (path.includes('/checkpoints')) return checkpointsAnswer(next)
  if (path.endsWith('/exceptions'))
    return { exceptionHistory: { entries: [{ timestamp: next(1e12), stacktrace: 'A: b\n\tc' }] } }
  return jobAnswer(next)
}

async function measure(
  columns: number,
  rows: number,
  tab: number,
  isChanging: boolean,
): Promise<Cost & { asked: number }> {
  let asked = 0
  let state = 7
  const next: Next = (scale) => {
    if (isChanging) state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * scale)
  }
  const server = createServer((request, response) => {
    asked++
    const path = (request.url ?? '/').split('?')[0]!
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer(path, next)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const screen = `http://127.0.0.1:${port},${columns},${rows},${tab + 1}`
  const file = fileURLToPath(import.meta.url)
  const child = spawn(process.execPath, [...process.execArgv, file, '--screen', screen, '--seconds', String(seconds)], {
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: '', TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += String(chunk)))
  await new Promise((resolve) => child.once('close', resolve))
  server.closeAllConnections()
  server.close()
  return { ...(JSON.parse(text) as Cost), asked: asked / (seconds + WARM_UP_MS / 1000) }
}

if (options.screen === undefined) {
  const right = (name: string): { name: string; align: 'right' } => ({ name, align: 'right' })
  const rows: string[][] = []
  for (const [columns, lines, limit] of [
    [80, 24, 5],
    [200, 60, 10],
  ] as const)
    for (const [index, tab] of TABS.entries()) {
      if (options.tab !== undefined && options.tab !== tab) continue
      for (const isChanging of tab === 'overview' ? [true, false] : [true]) {
        const cost = await measure(columns, lines, index, isChanging)
        rows.push([
          `${columns} × ${lines}`,
          isChanging ? tab : `${tab}, nothing changes`,
          `${cost.cpuPercent.toFixed(1)} %`,
          `< ${limit} %`,
          cost.redrawsPerSecond.toFixed(1),
          cost.bytesPerSecond.toFixed(0),
          cost.asked.toFixed(0),
        ])
        console.error(rows.at(-1)!.join('  ')) // the table comes when all are measured, minutes later
      }
    }
  const names = [right('of a core'), right('aim'), right('redraws/s'), right('bytes/s'), right('requests/s')]
  console.log(renderTable([{ name: 'screen' }, { name: 'tab' }, ...names], rows))
} else {
  const [address = '', columns, rows, tab = '1'] = options.screen.split(',')
  process.stdout.write(JSON.stringify(await measureScreen(address, Number(columns), Number(rows), tab)))
  process.exit(0)
}
