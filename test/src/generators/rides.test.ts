import { expect, test } from 'vitest'
import { generators, seededRandom } from '../../../src/generators/index.ts'

function draw(seed: number, count: number) {
  const generator = generators['rides']!(seededRandom(seed))
  return Array.from({ length: count }, (_, index) => generator.next(1_700_000_000_000 + index * 10))
}

test('the same seed gives the same rides, another seed others', () => {
  expect(draw(7, 50)).toEqual(draw(7, 50))
  expect(draw(7, 50)).not.toEqual(draw(8, 50))
})

test('rides have the five columns, a zone of the city as key, and some come late', () => {
  const rides = draw(1, 2_000)
  const late = rides.map((ride, index) => 1_700_000_000_000 + index * 10 - Number(ride.value['tpep_pickup_datetime']))
  expect(
    rides.every(
      (ride) => Number(ride.key) >= 1 && Number(ride.key) <= 265 && ride.key === String(ride.value['PULocationID']),
    ),
  ).toBe(true)
  expect(late.filter((ms) => ms > 5_000).length).toBeGreaterThan(10)
  expect(late.filter((ms) => ms <= 1).length).toBeGreaterThan(1_000)
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
})
