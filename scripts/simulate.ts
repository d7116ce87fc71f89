// Guards: what a failing seed of the simulation did can be seen again. `npm run simulate -- --seed 7` prints the trace of
// one run; `--count 500` runs that many seeds from there and prints one line each.
import { parseArgs } from 'node:util'
import { simulate, SimulationFailure } from '../test/simulation/simulate.ts'

const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string' } } })
const first = Number(values.seed ?? 1)
const count = Number(values.count ?? 1)
let failures = 0
for (let seed = first; seed < first + count; seed++) {
  try {
    const { job, trace, turns, faults, restores, duplicates } = await simulate(seed)
    if (count === 1) for (const line of trace) console.log(line)
    const twice = duplicates === 0 ? '' : `, ${duplicates} rows twice`
    console.log(`seed ${seed}: ${job} right after ${turns} turns, ${faults} faults, ${restores} restores${twice}`)
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
    failures++
    console.log(error.message)
  }
}
if (count > 1) console.log(`${count - failures} passed, ${failures} failed`)
process.exitCode = failures > 0 ? 1 : 0
