// Runs who-reads.sql twice, as it is told in `before` and as the learner plans it in `after`, and counts per subtask what it
// has read, by Flink's REST API.
import { check, type Lab } from 'flinkts/workshop'

const TOPIC = 'lanes'
const BEFORE = { partitions: 2, parallelism: 4 }
const WANTED = 4
const RIDES = 1_000

interface Subtask {
  readonly subtask: number
  readonly metrics: { readonly 'read-records': number; readonly 'write-records': number }
}

async function fill(lab: Lab, partitions: number): Promise<void> {
  await lab.topic(TOPIC, { partitions })
  await lab.produce(TOPIC, { file: 'trips.csv', count: RIDES, key: 'PULocationID' })
}

/** Rides that each subtask of the source read. */
async function ridesPerSubtask(lab: Lab, parallelism: number): Promise<number[]> {
  const job = await lab.run('who-reads.sql', { parallelism })
  await job.finished()
  const { vertices } = await job.rest<{ vertices: readonly { id: string }[] }>()
  const { subtasks } = await job.rest<{ subtasks: readonly Subtask[] }>(`/vertices/${vertices[0]!.id}`)
  return [...subtasks].sort((left, right) => left.subtask - right.subtask).map(({ metrics }) => metrics['read-records'])
}

const shares = (rides: readonly number[]): string => rides.map((count, index) => `${index + 1}: ${count}`).join('  ')

function numberOf(lab: Lab, group: 'before' | 'after', name: string): number {
  const value: unknown = lab.answers('plan.yaml')[group]?.[name]
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  return lab.wrong(
    `plan.yaml has no whole number for ${group}.${name}`,
    group === 'before'
      ? 'The topic lanes is there now, with 2 partitions. Guess first; then run who-reads.sql with --parallelism 4 and count.'
      : 'Write how many partitions the topic and how many subtasks the job shall have.',
  )
}

function comparePlan(lab: Lab, rides: readonly number[], partitions: number): void {
  const reading = rides.filter((count) => count > 0).length
  const idle = rides.length - reading
  const seen = `${rides.length} subtasks, of which ${reading} read rides (${shares(rides)})`
  if (reading < WANTED)
    lab.wrong(
      seen,
      rides.length < WANTED
        ? `A subtask is one hand: for ${WANTED} that read you need a parallelism of ${WANTED}.`
        : `A partition is read by exactly one subtask, so that its rides stay in order. The topic has ${partitions} ` +
            `partitions: a larger parallelism only makes more idle subtasks. Which number stands in the way?`,
    )
  if (idle > 0 || rides.length > WANTED)
    lab.wrong(
      seen,
      idle > 0
        ? `${idle} sit idle, and each holds a slot for nothing: the parallelism is above the ${partitions} partitions.`
        : `That is more than the ${WANTED} that were asked for.`,
    )
}

export default check(async (lab) => {
  await fill(lab, BEFORE.partitions)
  // asked for before anything runs: the job says the answer in a note
  const told = { reading: numberOf(lab, 'before', 'reading'), idle: numberOf(lab, 'before', 'idle') }
  const plan = { partitions: numberOf(lab, 'after', 'partitions'), parallelism: numberOf(lab, 'after', 'parallelism') }
  const before = await ridesPerSubtask(lab, BEFORE.parallelism)
  const reading = before.filter((count) => count > 0).length
  const because =
    'Parallelism makes four subtasks, but there are two partitions, and a partition is never shared between subtasks of a job.'
  if (told.reading !== reading)
    lab.wrong(
      `with 2 partitions and parallelism 4, ${reading} subtasks read rides (${shares(before)}); you wrote ${told.reading}`,
      because,
    )
  lab.equal(told.idle, before.length - reading, 'subtasks without a ride', because)
  if (plan.partitions < 1 || plan.partitions > 50 || plan.parallelism < 1 || plan.parallelism > 16)
    lab.wrong(
      `after: ${plan.partitions} partitions, parallelism ${plan.parallelism}`,
      'Both begin at 1; the session has 16 slots, and more than 50 partitions are not needed here.',
    )
  await fill(lab, plan.partitions)
  const after = await ridesPerSubtask(lab, plan.parallelism)
  comparePlan(lab, after, plan.partitions)
  lab.note(`before, 2 partitions: ${shares(before)}`)
  lab.note(`after, ${plan.partitions} partitions: ${shares(after)}`)
})
