// Guards: what the README says of `produce`: records per second of every generator, through the command line, our client
// and our broker. On a machine with other work the processor's time per record is the figure that holds.
//
//   npm run bench:produce
//   npm run bench:produce -- --records 200000 --rounds 1
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatBytes, formatCount } from '../src/output/quantities.ts'
import { renderTable } from '../src/output/text-table.ts'
import { generators } from '../src/generators/index.ts'
import type { ProduceResult } from '../src/services/produce-events.ts'
import { BenchProject, cpuSeconds, packageFolder } from './bench/project.ts'

const { values: options } = parseArgs({
  options: { records: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '3' } },
})
const records = Number(options.records)

/** Makes the command tell the processor's time it used. */
const TELL_CPU = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('cpu ' + (user + system) + '\\n') })",
)}`

const SCHEMA = `import { schema, t } from 'flinkts'
export const User = schema({ user_id: t.int(), name: t.string(), email: t.string(), city: t.string(),
  balance: t.decimal(10, 2), rating: t.int(), seen_at: t.epochMillis() })
`

interface Measured {
  readonly result: ProduceResult
  /** µs per record, of the command and of the broker. */
  readonly commandCpu: number
  readonly brokerCpu: number
}

async function produce(project: BenchProject, brokerPid: number, count: number, ...args: string[]): Promise<Measured> {
  const before = cpuSeconds(brokerPid)
  const flags = ['produce', ...args, '--count', String(count), '--seed', '7', '--record-time', 'now', '--json']
  const child = spawn(process.execPath, ['--import', TELL_CPU, join(packageFolder, 'bin', 'run.js'), ...flags], {
    cwd: project.folder,
  })
  let [output, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const cpu = /^cpu (\d+)$/m.exec(errors)
  if (code !== 0 || cpu === null) throw new Error(`flinkts ${flags.join(' ')} failed:\n${output}${errors}`)
  return {
    result: JSON.parse(output) as ProduceResult,
    commandCpu: Number(cpu[1]) / count,
    brokerCpu: ((cpuSeconds(brokerPid) - before) * 1e6) / count,
  }
}

const project = new BenchProject('services: embedded\n')
try {
  project.file('schemas.ts', SCHEMA)
  const { pids } = await project.up()
  const brokerPid = pids[1]!
  const sources = Object.keys(generators).map((name) => ['--generator', name])
  sources.push(['--schema', 'schemas.ts#User', '--key', 'user_id'])
  const rows: string[][] = []
  for (const source of sources) {
    const topic = source[1]!.replace(/\W/g, '-')
    await project.cli('topics', 'create', topic, '--partitions', '4')
    await produce(project, brokerPid, 1, topic, ...source)
    const runs: Measured[] = []
    for (let round = 0; round < Number(options.rounds); round++)
      runs.push(await produce(project, brokerPid, records, topic, ...source))
    const best = runs.reduce((a, b) => (b.result.durationMs < a.result.durationMs ? b : a))
    const cpu = (of: 'commandCpu' | 'brokerCpu'): string => Math.min(...runs.map((run) => run[of])).toFixed(2)
    rows.push([
      source[1]!,
      `${formatCount((best.result.records * 1000) / best.result.durationMs)}/s`,
      formatBytes(best.result.bytes / best.result.records),
      cpu('commandCpu'),
      cpu('brokerCpu'),
    ])
    await project.cli('topics', 'delete', topic)
  }
  const right = (name: string) => ({ name, align: 'right' as const })
  const columns = [
    { name: 'events' },
    right('records'),
    right('record'),
    right('µs CPU, command'),
    right('µs CPU, broker'),
  ]
  console.log(`${records} records each, 4 partitions, the best of ${options.rounds}:\n\n${renderTable(columns, rows)}`)
} finally {
  await project.remove()
}
