// Taxi rides like the course's real-time producer: mostly on time, some seconds late, a few too late for a 5 s watermark.
import { schema, t } from '../../engine/index.ts'
import type { GeneratorDefinition } from './generator.ts'

const ZONES = 265

export const rides: GeneratorDefinition = {
  name: 'rides',
  about: 'taxi rides, keyed by pick-up zone; a fifth up to 4 s out of order, 2 % 6 to 20 s late',
  type: schema({
    PULocationID: t.int(),
    DOLocationID: t.int(),
    trip_distance: t.double(),
    total_amount: t.double(),
    tpep_pickup_datetime: t.epochMillis(),
  }).rowType,
  disorder: { outOfOrder: { share: 0.18, maxMs: 4_000 }, late: { share: 0.02, minMs: 6_000, maxMs: 20_000 } },
  create({ randomOf, startMs, intervalMs, pickKey, disorder, serializer }) {
    const random = randomOf('rides')
    // Squaring prefers low zone numbers: real pick-ups are skewed, and so is the load on keys.
    const pickZone = pickKey(ZONES, (draw) => Math.floor(draw() ** 2 * ZONES))
    let index = 0
    return {
      next(batch) {
        const tellMs = startMs + index++ * intervalMs
        const timeMs = Math.floor(tellMs) - disorder.delayMs()
        const pickup = 1 + pickZone()
        const distance = random()
        const hundredthMiles = 30 + Math.round(distance * distance * distance * 2000)
        const cents = 300 + Math.round(hundredthMiles * 2.5 + random() * 2000)
        const { out } = batch
        const keyStart = out.length
        out.integer(pickup)
        const valueStart = out.length
        serializer.begin(out)
        serializer.integer(0, pickup)
        serializer.integer(1, 1 + Math.floor(random() * ZONES))
        serializer.decimal(2, hundredthMiles, 2)
        serializer.decimal(3, cents, 2)
        serializer.time(4, timeMs)
        serializer.end()
        batch.add(keyStart, valueStart, timeMs, tellMs, disorder.isLate)
      },
    }
  },
}
