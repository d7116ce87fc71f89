// How long a developer waits for the stack: up, status, down, with embedded services and, where a container engine answers and
// has the images, in containers. Medians; the machine must be quiet.
//
//   npm run bench:stack
//   npm run bench:stack -- --rounds 1
import { parseArgs } from 'node:util'
import { formatDuration } from '../src/output/quantities.ts'
import { renderTable } from '../src/output/text-table.ts'
import { freePort } from '../test/helpers/free-port.ts'
import { TestProject } from '../test/helpers/flinkts-command.ts'
import { usableEngine } from './bench/container-times.ts'

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(options.rounds)

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await action()
  return performance.now() - begun
}

const WHAT = ['up, first', 'up', 'status', 'down'] as const
type Times = Record<(typeof WHAT)[number], number[]>

/** One project's life: made, up, asked, down, and up again with its data. */
async function oneLife(provider: 'embedded' | 'docker', times: Times): Promise<void> {
  const ports = [await freePort(), await freePort(), await freePort()]
  const yaml = `services: ${provider}
kafka: { port: ${ports[0]} }
postgres: { port: ${ports[1]} }
rest: { port: ${ports[2]} }
topics: { rides: { partitions: 2 } }
`
  const environment = process.env['DOCKER_HOST'] === undefined ? {} : { DOCKER_HOST: process.env['DOCKER_HOST'] }
  const project = new TestProject({ 'flinkts.yaml': yaml }, environment)
  try {
    times['up, first'].push(await timed(() => project.ok('up')))
    await project.ok('down')
    times.up.push(await timed(() => project.ok('up')))
    times.status.push(await timed(() => project.ok('status')))
    times.down.push(await timed(() => project.ok('down')))
  } finally {
    await project.remove()
  }
}

async function lives(provider: 'embedded' | 'docker'): Promise<Times> {
  const times: Times = { 'up, first': [], up: [], status: [], down: [] }
  for (let round = 0; round < rounds; round++) await oneLife(provider, times)
  return times
}

const embedded = await lives('embedded')
const engine = await usableEngine()
const docker = engine === undefined ? undefined : await lives('docker')
const own: number[] = []
for (let round = 0; engine !== undefined && round < rounds; round++) own.push(await engine.timeToHealthMs())

const text = (values: readonly number[]): string => formatDuration(median(values))
const limits = { 'up, first': '2.5 s', up: '1.5 s', status: '300 ms', down: '2 s' } as const
const dockerLimit = own.length === 0 ? '' : formatDuration(median(own) + 1000)
const dockerLimits = { 'up, first': dockerLimit, up: '', status: '300 ms', down: '' } as const
const columns = ['', 'embedded', 'at most', 'docker', 'at most'].map((name, index) => ({
  name,
  align: index === 0 ? ('left' as const) : ('right' as const),
}))
const rows = WHAT.map((what) => [
  what,
  text(embedded[what]),
  limits[what],
  docker === undefined ? 'no engine' : text(docker[what]),
  dockerLimits[what],
])
console.log(renderTable(columns, rows))
if (own.length > 0) console.log(`New containers alone, side by side until both answer: ${text(own)}.`)
