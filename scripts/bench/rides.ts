// The input of every benchmark: taxi rides, always the same, 30 days of event time, up to 3 s out of order.
import type { TopicProducer, Producer } from '../../engine/kafka/client/producer.ts'

const DAYS = 30
const START = Date.UTC(2025, 10, 1)

/** The ride number `index` of `count`, as JSON. */
export function* rides(count: number): Generator<string> {
  let seed = 42
  const random = (): number => (seed = (seed * 1664525 + 1013904223) >>> 0) / 2 ** 32
  for (let index = 0; index < count; index++) {
    const at = START + Math.floor(index * ((DAYS * 86_400_000) / count)) - Math.floor(random() * 3000)
    const miles = Math.round(random() * 2000) / 100
    yield JSON.stringify({
      PULocationID: 1 + Math.floor(random() * 265),
      DOLocationID: 1 + Math.floor(random() * 265),
      trip_distance: miles,
      total_amount: Math.round((3 + miles * 2.5 + random() * 20) * 100) / 100,
      tpep_pickup_datetime: at,
    })
  }
}

export async function loadRides(producer: Producer, topic: TopicProducer, count: number): Promise<void> {
  const sentAt = Date.now() // the event times are long past: by them Kafka's retention would delete the records
  let index = 0
  for (const ride of rides(count)) {
    if (!producer.isAvailable()) await producer.available()
    topic.send(null, Buffer.from(ride), sentAt, undefined, index++ % topic.partitions)
  }
  await producer.flush()
}
