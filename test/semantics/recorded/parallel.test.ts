// The recorded cases whose rows do not hang on the order between keys give the same with two subtasks: exchanges between
// them, aggregation in two phases, key groups on both.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCases, loadNotCovered, type RecordedCase } from './recorded-case.ts'
import { RecordedCluster } from './recorded-cluster.ts'
import { runCase } from './run-case.ts'

const AREAS: readonly string[] = ['aggregation', 'changelog', 'nexmark', 'taxi', 'windows']
/** Their answers rest on the one order of rows or watermarks that a single subtask has. */
const ORDERED: readonly string[] = [
  'aggregation/listagg_over_agg',
  'changelog/array_agg_retract',
  'changelog/listagg_retract',
]

/** With two subtasks changes of different keys mix, so the table in the end is what counts. */
function inParallel(recorded: RecordedCase): RecordedCase {
  const { expected } = recorded
  const compare = expected?.compare === 'changelog' ? 'final' : expected?.compare
  return {
    ...recorded,
    settings: { ...recorded.settings, 'parallelism.default': '2' },
    ...(expected === undefined ? {} : { expected: { ...expected, ...(compare === undefined ? {} : { compare }) } }),
  }
}

const notCovered = loadNotCovered()
const cases = loadCases().filter(({ id, area }) => AREAS.includes(area) && !ORDERED.includes(id) && !(id in notCovered))
let cluster: RecordedCluster

beforeAll(async () => {
  cluster = await RecordedCluster.start()
})
afterAll(() => cluster.stop())

test.each(cases)('$id', async (recorded) => {
  expect((await runCase(inParallel(recorded), cluster, 'p')) ?? '').toBe('')
})
