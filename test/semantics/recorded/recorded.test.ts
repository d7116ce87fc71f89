// Every recorded case either gives what Flink gave, or is listed in not-covered.yaml with the reason. A listed case that
// passes fails the run until it is taken off the list.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCases, loadNotCovered, type RecordedCase } from './recorded-case.ts'
import { RecordedCluster } from './recorded-cluster.ts'
import { runCase } from './run-case.ts'

const cases = loadCases()
const notCovered = loadNotCovered()
const byArea = new Map<string, RecordedCase[]>()
for (const each of cases) byArea.set(each.area, [...(byArea.get(each.area) ?? []), each])

let cluster: RecordedCluster
const passed = new Set<string>()

beforeAll(async () => {
  cluster = await RecordedCluster.start()
})

function summary(): string {
  const lines = [`${passed.size} of ${cases.length} recorded cases`]
  for (const [area, of] of byArea) {
    const missing = of.filter(({ id }) => !passed.has(id))
    if (missing.length === 0) continue
    const reasons = new Map<string, number>()
    for (const { id } of missing) {
      const reason = notCovered[id] ?? 'FAILED'
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
    const shown = [...reasons].map(([reason, count]) => `${reason} (${count})`).join('; ')
    lines.push(`  ${area}: ${of.length - missing.length} of ${of.length}; not covered: ${shown}`)
  }
  return lines.join('\n')
}

afterAll(async () => {
  await cluster.stop()
  process.stdout.write(`${summary()}\n`)
})

test('the list of cases not covered names cases that exist', () => {
  const known = new Set(cases.map(({ id }) => id))
  expect(Object.keys(notCovered).filter((id) => !known.has(id))).toEqual([])
})

describe.each([...byArea.keys()])('%s', (area) => {
  test.each(byArea.get(area)!)('$id', async (recorded) => {
    const difference = await runCase(recorded, cluster)
    if (difference === undefined) passed.add(recorded.id)
    const reason = notCovered[recorded.id]
    if (reason === undefined) expect(difference ?? '').toBe('')
    else expect(difference, `passes now: take it off not-covered.yaml (${reason})`).toBeDefined()
  })
})
