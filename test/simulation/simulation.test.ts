// Whole clusters in virtual time, crashed at random. `SEEDS` (default 1) multiplies how many. `npm run simulate -- --seed N`
// prints what one of them did.
import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

const SEEDS_PER_UNIT = 25
const seeds = SEEDS_PER_UNIT * Number(process.env['SEEDS'] ?? 1)

describe('a simulated cluster ends right', () => {
  it.each(Array.from({ length: seeds }, (_, index) => index + 1))('seed %i', async (seed) => {
    await expect(simulate(seed)).resolves.toMatchObject({ seed })
  })

  it('and repeats itself turn by turn', async () => {
    const [first, second] = [await simulate(7), await simulate(7)]
    expect(first.trace.length).toBeGreaterThan(5)
    expect(second).toEqual(first)
  })
})
