// Taxi rides like the course's real-time producer: mostly on time, some seconds late, a few too late for a 5 s watermark.
import type { CreateGenerator } from './generator.ts'

const ZONES = 265
const LATE_SHARE = 0.2
const TOO_LATE_SHARE = 0.02

const round2 = (value: number): number => Math.round(value * 100) / 100

export const rides: CreateGenerator = (random) => ({
  topic: 'rides',
  next(atMs) {
    const luck = random()
    const latenessMs = luck < TOO_LATE_SHARE ? 6_000 + random() * 14_000 : luck < LATE_SHARE ? random() * 4_000 : 0
    // Squaring prefers low zone numbers: real pick-ups are skewed, and so is the load on keys.
    const pickup = 1 + Math.floor(random() ** 2 * ZONES)
    const miles = round2(0.3 + random() ** 3 * 20)
    return {
      key: String(pickup),
      value: {
        PULocationID: pickup,
        DOLocationID: 1 + Math.floor(random() * ZONES),
        trip_distance: miles,
        total_amount: round2(3 + miles * 2.5 + random() * 20),
        tpep_pickup_datetime: Math.floor(atMs - latenessMs),
      },
    }
  },
})
