// Events of each generator as bytes, against the same fields as an object and JSON.stringify. Budget: 300,000 records per
// second are 3.3 µs for everything; a generator must leave most of it to the client.
import { Bench } from 'tinybench'
import { EventBatch, generatorContext, generators } from '../../src/generators/index.ts'

const EVENTS = 1000

const bench = new Bench({ time: 800 })
for (const definition of Object.values(generators)) {
  const context = { seed: 7, startMs: Date.UTC(2025, 10, 1), intervalMs: 1 }
  const generator = definition.create(generatorContext(definition, context))
  const batch = new EventBatch(EVENTS)
  bench.add(definition.name, () => {
    batch.clear()
    for (let event = 0; event < EVENTS; event++) generator.next(batch)
  })
}
const sample = new EventBatch(EVENTS)
const rides = generators['rides']!
const ride = rides.create(generatorContext(rides, { seed: 7, startMs: Date.UTC(2025, 10, 1), intervalMs: 1 }))
for (let event = 0; event < EVENTS; event++) ride.next(sample)
const objects = Array.from({ length: EVENTS }, (_, event) => JSON.parse(sample.valueAt(event).toString()) as object)
bench.add('spelling objects of rides', () => {
  for (const object of objects) Buffer.from(JSON.stringify(object))
})
await bench.run()

const microseconds = (task: (typeof bench.tasks)[number]): number =>
  ((task.result as { latency?: { mean: number } }).latency?.mean ?? NaN) * (1000 / EVENTS)
const stringified = microseconds(bench.tasks.at(-1)!)
for (const task of bench.tasks) {
  const own = microseconds(task)
  console.log(
    `${task.name}: ${own.toFixed(2)} µs per event, ${(stringified / own).toFixed(1)} x as fast as spelling an object`,
  )
}
