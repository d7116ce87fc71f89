import { check, type Lab, type LabJob } from 'flinkts/workshop'

const TRIPS = 5264

export default check(async (lab: Lab) => {
  await lab.topic('rides-inside', { partitions: 2 })
  await lab.query(`DROP TABLE IF EXISTS inside_hours;
    CREATE TABLE inside_hours (window_start timestamp(3), pulocationid integer, trips bigint, PRIMARY KEY (window_start, pulocationid))`)
  await lab.produce('rides-inside', { file: 'trips.csv', key: 'PULocationID', count: TRIPS })
  const job = await lab.run('hour-counts.sql')
  await checkInterval(lab, job)
  await job.caughtUp()
  const { sizeBytes } = await job.checkpointed()
  const inside = await look(lab)
  checkAnswers(lab, inside)
  const trips = TRIPS.toLocaleString('en-US')
  lab.note(
    `The job has read ${trips} trips. Its checkpoint: ${inside.offsets.length} offsets, ${inside.entries} counts, ${sizeBytes} bytes.`,
  )
})

async function checkInterval(lab: Lab, job: LabJob): Promise<void> {
  const { interval } = await job.rest<{ interval: number }>('/checkpoints/config')
  const isSet = lab.read('hour-counts.sql').replace(/--.*/g, '').includes('execution.checkpointing.interval')
  if (interval > 1e12)
    return lab.wrong(
      'hour-counts runs without checkpoints',
      'After a crash it would begin at the first record again, and what its open windows had counted would be gone. Put the SET above CREATE TABLE.',
    )
  if (!isSet)
    return lab.wrong(
      `hour-counts takes a checkpoint every ${interval / 1000} s: flinkts.yaml says so for all jobs of the project, the job itself says nothing`,
      "Elsewhere, where no such file is, it would take none at all. What a job needs belongs into the job: SET 'execution.checkpointing.interval' = '500 ms'; above CREATE TABLE.",
    )
  if (interval > 500)
    return lab.wrong(
      `hour-counts takes a checkpoint every ${interval / 1000} s, not every half second`,
      "A crash costs what was done since the last one. The value is a text with its unit: '500 ms'.",
    )
  if (interval < 200)
    return lab.wrong(
      `hour-counts takes a checkpoint every ${interval} ms`,
      "So often that it does little else: each one writes all state and makes the sinks flush. '500 ms' is asked for.",
    )
}

interface Inside {
  readonly offsets: readonly number[]
  readonly entries: number
  readonly tripsOf237: number
}

interface Entry {
  readonly state: string
  readonly key?: { readonly PULocationID: number }
  readonly values?: Readonly<Record<string, number>>
}

/** What `flinkts savepoints inspect` says of the newest checkpoint. */
async function look(lab: Lab): Promise<Inside> {
  const { stdout } = await lab.flinkts('savepoints', 'inspect', 'hour-counts', '--entries', '1000', '--json')
  const lines = stdout.split('\n').filter((line) => line !== '')
  const counts = lines.map((line) => JSON.parse(line) as Entry).filter(({ key }) => key !== undefined)
  const of237 = counts.filter(({ key }) => key!.PULocationID === 237)
  return {
    offsets: (await lab.offsets('rides-inside')).map(({ latest }) => latest),
    entries: counts.length,
    tripsOf237: of237.reduce((sum, { values }) => sum + Number(Object.values(values!)[0]), 0),
  }
}

const LOOK = 'Look inside: npx flinkts savepoints inspect hour-counts'

function checkAnswers(lab: Lab, { offsets, entries, tripsOf237 }: Inside): void {
  const answers = lab.answers('inside.yaml')
  const names = ['partition_1_goes_on_at', 'open_windows', 'trips_of_zone_237', 'trips_stored']
  const empty = names.filter((name) => typeof answers[name] !== 'number')
  if (empty.length > 0)
    return lab.wrong(
      `a checkpoint is taken every half second; inside.yaml has no number yet for ${empty.join(', ')}`,
      `${LOOK}, then write down what you see.`,
    )
  const offset = answers['partition_1_goes_on_at']
  if (offset === offsets[0])
    return lab.wrong(
      `${offset} is where partition 0 goes on`,
      `Every partition has an offset of its own, and the split is called by topic and partition. ${LOOK}.`,
    )
  if (offset === offsets[1]! - 1)
    return lab.wrong(
      `${offset} is the last record of partition 1 that was read`,
      'The checkpoint has the next one to read: records up to it are in the counts, it is not.',
    )
  lab.equal(offset, offsets[1], 'where partition 1 goes on', `${LOOK}; the line of split rides-inside-1.`)
  lab.equal(
    answers['open_windows'],
    entries,
    'pairs of zone and open hour',
    `Windows that have fired are written and forgotten: only open ones are kept. ${LOOK}; the column "entries".`,
  )
  lab.equal(
    answers['trips_of_zone_237'],
    tripsOf237,
    'trips that zone 237 has in its open window',
    'npx flinkts savepoints inspect hour-counts --key 237',
  )
  if (answers['trips_stored'] === TRIPS || answers['trips_stored'] === offsets[1] || answers['trips_stored'] > entries)
    return lab.wrong(
      `${answers['trips_stored']} trips are not in a checkpoint of ${entries} counts`,
      'The records are in Kafka, and stay there. The checkpoint says how far the job has read, and what it has counted.',
    )
  lab.equal(
    answers['trips_stored'],
    0,
    'trips that are stored as they came',
    'A window with COUNT(*) keeps a number, not the trips that it has counted. See the column "keys → values".',
  )
}
