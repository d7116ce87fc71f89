import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runInProcess, type StreamGraph } from '../../../engine/host.ts'
import { MemoryConnector } from '../../../engine/testing/memory-connector.ts'
import { prepareTypeScriptJob } from '../../../src/services/plan-typescript.ts'

const before = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'flinkts-job-'))
beforeAll(() => process.chdir(folder))
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

const addresses = { kafka: 'broker:9092', postgres: 'postgresql://me:secret@db:5432/shop' }
const head = `import { job, json, kafka, postgres, print, schema, t } from 'flinkts'
const Ride = schema({ zone: t.int(), amount: t.double() })
const rides = kafka({ topic: 'rides', value: json(Ride) })
`

function write(name: string, body: string): string {
  writeFileSync(name, head + body)
  return name
}

async function errorOf(name: string, body: string): Promise<unknown> {
  const file = write(name, body)
  const error = await prepareTypeScriptJob(file).then(
    ({ plan }) => {
      plan({ addresses, configuration: {} })
    },
    (cause: unknown) => cause,
  )
  const { code, message, location, fix } = error as { code: string; message: string; location: unknown; fix: string }
  return { code, message, location, fix }
}

/** Runs a planned graph on rows in place of its sources. */
async function run(graph: StreamGraph, rows: readonly (readonly number[])[]): Promise<unknown[]> {
  const connector = new MemoryConnector()
  const nodes = graph.nodes.map((node) => {
    if (node.kind === 'source') return { ...node, source: connector.sourceSpec('in', node.outputType, [rows]) }
    return node.kind === 'sink' ? { ...node, sink: connector.sinkSpec('out', node.sink.consumedType) } : node
  })
  await runInProcess({ ...graph, nodes }, { loadConnector: connector.load }).result
  return connector.rows('out') as unknown[]
}

describe('a TypeScript job file', () => {
  test('becomes a graph with a bundle that a worker runs', async () => {
    writeFileSync('fees.ts', 'export const FEE: number = 2')
    const prepared = await prepareTypeScriptJob(
      write(
        'a.ts',
        `import { FEE } from './fees.ts'
export default job('a', (env) => {
  const all = env.from(rides).filter((ride) => ride.zone > 1).map(Ride, (ride) => ({ ...ride, amount: ride.amount + FEE }))
  all.sinkTo(postgres({ table: 'a' }))
}, { configuration: { 'table.exec.mini-batch.size': '1' } })`,
      ),
    )
    expect(prepared).toMatchObject({ key: 'a', services: ['kafka', 'postgres'] })
    const graph = prepared.plan({
      addresses,
      configuration: { 'parallelism.default': '2' },
      kafkaOptions: { 'scan.bounded.mode': 'latest-offset' },
    })
    expect(graph.configuration).toMatchObject({ 'parallelism.default': '2', 'pipeline.name': 'a' })
    expect(graph.nodes[0]).toMatchObject({ source: { bounded: true } })
    const text = JSON.stringify(graph.nodes)
    expect(text).toContain('broker:9092')
    expect(text).toContain('"host":"db"')
    expect(
      await run(JSON.parse(JSON.stringify(graph)) as StreamGraph, [
        [1, 1],
        [2, 5],
      ]),
    ).toEqual([['+I', 2, 7]])
  })

  test('needs only the services whose address it leaves out', async () => {
    const file = write(
      'b.ts',
      `export default job('b', (env) => {
  env.from(kafka({ topic: 'x', value: json(Ride), bootstrapServers: 'other:1' })).sinkTo(print())
})`,
    )
    expect((await prepareTypeScriptJob(file)).services).toEqual([])
    const sql = write(
      'c.ts',
      `export default job('c', (env) => {
  env.sql\`CREATE TABLE x (a INT) WITH ('connector' = 'kafka', 'topic' = 'x', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
          CREATE TABLE p WITH ('connector' = 'print') LIKE x (EXCLUDING OPTIONS);
          INSERT INTO p SELECT * FROM x\`
})`,
    )
    expect((await prepareTypeScriptJob(sql)).services).toEqual(['kafka'])
  })

  test('fails at run time with the place in the TypeScript source and the record', async () => {
    const { plan } = await prepareTypeScriptJob(
      write(
        'd.ts',
        `interface Shape { readonly zone: number }
function checked(ride: Shape): boolean {
  if (ride.zone === 2) throw new RangeError('no such zone')
  return true
}
export default job('d', (env) => {
  env.from(rides)
    .filter((ride) => checked(ride))
    .map(Ride, (ride) => (ride.zone === 3 ? ({ zone: 1 } as never) : ride))
    .sinkTo(print())
})`,
      ),
    )
    const graph = plan({ addresses, configuration: {} })
    await expect(
      run(graph, [
        [1, 1],
        [2, 1],
      ]),
    ).rejects.toMatchObject({
      code: 'USER_FUNCTION_FAILED',
      message: 'Filter[3] threw RangeError: no such zone. The record: {"zone":2,"amount":1}',
      location: { file: 'd.ts', line: 6, column: 30 },
    })
    await expect(run(graph, [[3, 1]])).rejects.toMatchObject({
      code: 'USER_FUNCTION_FAILED',
      message: 'Map[4]: field \'amount\': undefined is not a DOUBLE NOT NULL. The record: {"zone":3,"amount":1}',
      location: { file: 'd.ts', line: 12 },
    })
  })

  test('is told where it does not build', async () => {
    expect(
      await errorOf('e.ts', `export default job('e', (env) => {\n  env.from(rides).keyBy('zon' as never)\n})`),
    ).toMatchObject({
      code: 'GRAPH_INVALID',
      message: "keyBy: the stream has no field 'zon'",
      fix: "did you mean 'zone'?",
      location: { file: 'e.ts', line: 5, column: 19 },
    })
    expect(await errorOf('f.ts', `export default job('f', () => {\n  throw new Error('boom')\n})`)).toMatchObject({
      code: 'BUNDLE_INVALID',
      message: "the function of job 'f' fails: Error: boom",
      location: { file: 'f.ts', line: 5 },
    })
    expect(
      await errorOf('g.ts', `const broken: number = (undefined as never)['x']['y']\nexport default broken`),
    ).toMatchObject({
      code: 'BUNDLE_INVALID',
      message: expect.stringContaining('TypeError'),
      location: { file: 'g.ts', line: 4 },
    })
    expect(
      await errorOf(
        'unimported.ts',
        `export default job('u', (env) => {\n  env.from(rides)\n    // minutes in a comment\n    .withWatermarks(boundedOutOfOrderness(minutes(5)))\n})`,
      ),
    ).toMatchObject({
      code: 'BUNDLE_INVALID',
      message: "the function of job 'u' fails: ReferenceError: boundedOutOfOrderness is not defined",
      location: { file: 'unimported.ts', line: 7, column: 21, length: 21 },
      fix: "import it, at the top of the file: import { boundedOutOfOrderness } from 'flinkts'",
    })
    expect(await errorOf('misspelt.ts', `const all = jsn(Ride)\nexport default all`)).toMatchObject({
      location: { file: 'misspelt.ts', line: 4, column: 13 },
      fix: "did you mean json? It must be imported, too: import { json } from 'flinkts'",
    })
    expect(await errorOf('foreign.ts', `export default job('f', () => nobody())`)).toMatchObject({
      message: expect.stringContaining('nobody is not defined'),
      location: { file: 'foreign.ts', line: 4, column: 31 },
      fix: 'declare it, or import it',
    })
    expect(
      await errorOf('h.ts', `export default job('h', (env) => {\n  env.sql\`INSERT INTO nowhere SELECT 1\`\n})`),
    ).toMatchObject({
      code: 'SQL_VALIDATION',
      location: { file: 'h.ts', line: 5 },
    })
  })

  test('is told where it calls process.exit: it would end flinkts with nothing said', async () => {
    expect(await errorOf('exit.ts', 'process.exit(0)\nexport default rides')).toEqual({
      code: 'BUNDLE_INVALID',
      message: 'loading exit.ts calls process.exit(0), which would end flinkts with nothing said',
      location: { file: 'exit.ts', line: 4, column: 9 },
      fix: 'take the call out; where the file cannot go on, throw an Error that says why',
    })
    expect(await errorOf('later.ts', `export default job('later', () => {\n  process.exit()\n})`)).toMatchObject({
      code: 'BUNDLE_INVALID',
      message: "the function of job 'later' calls process.exit(), which would end flinkts with nothing said",
      location: { file: 'later.ts', line: 5, column: 11 },
    })
  })

  test('is told of an option that a call does not know, at the call', async () => {
    const misspelt = `boundedOutOfOrderness(0, { idleAfer: 5000 } as never)`
    const told = {
      code: 'OPTION_INVALID',
      message: "boundedOutOfOrderness: there is no option 'idleAfer'",
      fix: "did you mean 'idleAfter'? (known: idleAfter, emit)",
    }
    const importing = `import { boundedOutOfOrderness } from 'flinkts'\n`
    expect(
      await errorOf(
        'inside.ts',
        `${importing}export default job('i', (env) => {\n  env.from(rides).withWatermarks(${misspelt}, 'zone')\n})`,
      ),
    ).toEqual({ ...told, location: { file: 'inside.ts', line: 6, column: 34 } })
    expect(
      await errorOf(
        'outside.ts',
        `${importing}const strategy = ${misspelt}\nexport default job('o', () => void strategy)`,
      ),
    ).toEqual({ ...told, location: { file: 'outside.ts', line: 5, column: 18 } })
  })

  test('is told what it does not export', async () => {
    expect(await errorOf('i.ts', 'export const x = rides')).toMatchObject({
      code: 'FILE_INVALID',
      message: 'i.ts has no default export',
    })
    expect(await errorOf('j.ts', 'export default rides')).toMatchObject({
      message: 'j.ts exports something else than a job by default',
    })
  })

  test('is told of syntax, missing files and built-ins where they stand', async () => {
    expect(await errorOf('k.ts', 'const = 5')).toMatchObject({
      code: 'FILE_INVALID',
      location: { file: 'k.ts', line: 4, column: 7 },
    })
    expect(await errorOf('l.ts', `import x from './nothing.ts'\nexport default x`)).toMatchObject({
      code: 'FILE_INVALID',
      location: { file: 'l.ts', line: 4 },
    })
    expect(await errorOf('m.ts', `import { readFileSync } from 'node:fs'\nexport default readFileSync`)).toMatchObject({
      code: 'FILE_INVALID',
      message: "a job cannot import 'node:fs': its functions also run where Node's modules do not exist",
      location: { file: 'm.ts', line: 4, column: 30 },
    })
    expect(await errorOf('n.ts', `const x = await Promise.resolve(1)\nexport default x`)).toMatchObject({
      code: 'FILE_INVALID',
      location: { file: 'n.ts', line: 4 },
    })
  })

  test('that builds another graph in a worker is refused with the difference', async () => {
    const { plan } = await prepareTypeScriptJob(
      write(
        'o.ts',
        `const zones = globalThis as { runs?: number }
zones.runs = (zones.runs ?? 0) + 1
const first = zones.runs === 1
export default job('o', (env) => {
  const all = env.from(rides)
  const kept = first ? all.filter(() => true) : all.map(Ride, (ride) => ride)
  kept.sinkTo(print())
})`,
      ),
    )
    await expect(run(plan({ addresses, configuration: {} }), [[1, 1]])).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
      message: expect.stringMatching(
        /another graph when it is run again: Filter\[3\] \(filter\).* when it was planned, nothing in a worker/,
      ),
    })
  })
})
