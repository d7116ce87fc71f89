// Guards: the live table of the SQL shell costs below 5 % of a core in 80 × 24 and below 10 % in 200 × 60 beyond what it takes to
// read the changes, at most four redraws a second, and its memory is bounded by sql-client.execution.max-table-result.rows,
// though the query has a million keys and its changelog no end. The view runs in a process of its own, once with nobody to
// draw for and once with a terminal: the difference is the drawing.
//
//   npm run bench:sql-view                                    five minutes
//   npm run bench:sql-view -- --seconds 30 --rows 1000000
import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { renderTable } from '../../src/output/text-table.ts'
import { ChangelogRows, MaterializedRows, type TextRow } from '../../src/services/sql-shell/result-rows.ts'
import { ResultView } from '../../src/tui/sql-shell/result-view.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    /** sql-client.execution.max-table-result.rows; default: Flink's and ours. */
    rows: { type: 'string' },
    /** Of the process with the view: a Setup as JSON. */
    view: { type: 'string' },
  },
})
const KEYS = 1_000_000
const CHANGES_PER_SECOND = 20_000
const FEED_MS = 20
const seconds = Number(options.seconds)

interface Setup {
  readonly mode: 'table' | 'changelog'
  readonly rowsMax: number
  /** Undefined: nobody looks. */
  readonly size: readonly [columns: number, rows: number] | undefined
  /** Where in the table the user is. */
  readonly isAtEnd: boolean
}

interface Cost {
  readonly cpuPercent: number
  readonly redrawsPerSecond: number
  readonly heapMb: number
  readonly rowsKept: number
}

class CountingOutput extends Writable {
  readonly columns: number
  readonly rows: number
  writes = 0
  constructor([columns, rows]: readonly [number, number]) {
    super()
    this.columns = columns
    this.rows = rows
  }
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes++
    done()
  }
}

/** Every key counts up: -U and +U, in an order that repeats after a million. */
class Changes {
  readonly #counts = new Uint32Array(KEYS)
  #at = 0

  readonly #rows: MaterializedRows | ChangelogRows

  constructor(rows: MaterializedRows | ChangelogRows) {
    this.#rows = rows
  }

  next(): void {
    const key = (this.#at++ * 7919) % KEYS
    const row = (): TextRow => [String(key), String(this.#counts[key]), `zone ${key % 263}`, '2025-11-01 10:00:00']
    if (this.#counts[key]! > 0) this.#rows.add({ op: '-U', row: row() })
    this.#counts[key]!++
    this.#rows.add({ op: this.#counts[key] === 1 ? '+I' : '+U', row: row() })
  }
}

async function measureView({ mode, rowsMax, size, isAtEnd }: Setup): Promise<Cost> {
  const rows = mode === 'table' ? new MaterializedRows(rowsMax) : new ChangelogRows(rowsMax)
  const changes = new Changes(rows)
  for (let count = 0; count < KEYS + rowsMax; count++) changes.next()
  const output = size === undefined ? undefined : new CountingOutput(size)
  const columns = ['key', 'n', 'zone', 'at'].map((name) => ({ name, type: 'STRING' }))
  const view =
    output === undefined
      ? undefined
      : new ResultView({
          output: output as unknown as NodeJS.WriteStream,
          mode,
          rows,
          columns,
          columnWidthMax: 30,
          onStop: () => undefined,
        })
  if (isAtEnd) view?.onKey({ name: 'end', text: '', ctrl: false, meta: false })
  const feeding = setInterval(() => {
    for (let count = 0; count < (CHANGES_PER_SECOND * FEED_MS) / 2000; count++) changes.next()
    view?.changed()
  }, FEED_MS)
  await delay(1000)
  const writes = output?.writes ?? 0
  const [cpu, startedMs] = [process.cpuUsage(), performance.now()]
  await delay(seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  const elapsed = (performance.now() - startedMs) / 1000
  clearInterval(feeding)
  view?.close()
  globalThis.gc?.()
  return {
    cpuPercent: (user + system) / 10_000 / elapsed,
    redrawsPerSecond: ((output?.writes ?? 0) - writes) / elapsed,
    heapMb: process.memoryUsage().heapUsed / (1 << 20),
    rowsKept: rows.size,
  }
}

async function measure(setup: Setup): Promise<Cost> {
  const script = fileURLToPath(import.meta.url)
  const args = ['--expose-gc', '--import', 'tsx', script, '--seconds', options.seconds, '--view', JSON.stringify(setup)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  return JSON.parse(text) as Cost
}

if (options.view === undefined) {
  const limits = options.rows === undefined ? [100_000, 1_000_000] : [Number(options.rows)]
  const lines: string[][] = []
  for (const rowsMax of limits)
    for (const mode of ['table', 'changelog'] as const) {
      const alone = await measure({ mode, rowsMax, size: undefined, isAtEnd: false })
      for (const [size, aim] of [
        [[80, 24], 5],
        [[200, 60], 10],
      ] as const)
        for (const isAtEnd of mode === 'table' ? [false, true] : [true]) {
          const cost = await measure({ mode, rowsMax, size, isAtEnd })
          lines.push([
            size.join(' × '),
            `${mode}, at its ${isAtEnd ? 'end' : 'beginning'}`,
            String(cost.rowsKept),
            `${(cost.cpuPercent - alone.cpuPercent).toFixed(1)} %`,
            `< ${aim} %`,
            cost.redrawsPerSecond.toFixed(1),
            `${alone.cpuPercent.toFixed(1)} %`,
            `${cost.heapMb.toFixed(0)} MB`,
          ])
          console.error(lines.at(-1)!.join('  ')) // the table comes when all are measured, minutes later
        }
    }
  const right = (name: string): { name: string; align: 'right' } => ({ name, align: 'right' })
  const figures = ['rows kept', 'drawing, of a core', 'aim', 'redraws/s', 'reading the changes', 'heap'].map(right)
  console.log(renderTable([{ name: 'screen' }, { name: 'view' }, ...figures], lines))
} else {
  process.stdout.write(JSON.stringify(await measureView(JSON.parse(options.view) as Setup)))
  process.exit(0)
}
