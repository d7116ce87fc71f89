import { check, type Lab, type LabJob } from 'flinkts/workshop'

const JOB = 'zone-revenue.sql'
const TOPIC = 'rides-troubled'
const SAFE = 3000
const GOOD = 4000
const PARTITION = 1

interface Trouble {
  readonly offset: number
  readonly restarts: number
  readonly wentOnAt: number
}

export default check(async (lab: Lab) => {
  const isDown = await wentDown(lab)
  const job = isDown ? undefined : await begin(lab)
  const trouble = await troubleOf(lab)
  if (!lab.read(JOB).replace(/--.*/g, '').includes('json.')) {
    if (job !== undefined) await gaveUp(lab, job)
    checkDiagnosis(lab, trouble)
    return lab.wrong(
      'the diagnosis is right: one record that is no trip, and each restart comes to it again',
      "Restarts help against what passes: a lost machine, a Postgres that was away. This record stays. Now let the job pass over it, with an option of the format, 'json.…' in the WITH of rides.",
    )
  }
  checkDiagnosis(lab, trouble)
  await recovers(lab, job ?? (await lab.run(JOB, { resume: true })), isDown)
})

/** An earlier check has left the job as it is to be found: FAILED, with its topic. */
async function wentDown(lab: Lab): Promise<boolean> {
  const { stdout } = await lab.flinkts('jobs', 'list', '--json')
  const jobs = stdout.split('\n').filter((line) => line !== '')
  return jobs
    .map((line) => JSON.parse(line) as { job: string; state: string })
    .some(({ job, state }) => job.endsWith(`4-troubled/${JOB}`) && state === 'FAILED')
}

/** How the trouble came about. */
async function begin(lab: Lab): Promise<LabJob> {
  await lab.topic(TOPIC, { partitions: 3 })
  await lab.query(`DROP TABLE IF EXISTS troubled_zones;
    CREATE TABLE troubled_zones (pulocationid integer PRIMARY KEY, trips bigint, revenue double precision)`)
  await lab.produce(TOPIC, { file: 'trips.csv', key: 'PULocationID', count: SAFE })
  const job = await lab.run(JOB)
  await job.caughtUp()
  await job.checkpoint()
  await lab.produce(TOPIC, { file: 'trips.csv', key: 'PULocationID', skip: SAFE, count: GOOD - SAFE })
  await job.caughtUp()
  const value = { PULocationID: 132, total_amount: 'n/a' }
  await lab.produce(TOPIC, { records: [{ key: '132', partition: PARTITION, value }] })
  return job
}

async function troubleOf(lab: Lab): Promise<Trouble> {
  const records = await lab.consume(TOPIC, { partition: PARTITION })
  const { stdout } = await lab.flinkts('savepoints', 'inspect', 'zone-revenue', '--json')
  const { operators } = JSON.parse(stdout) as {
    operators: { splits?: { id: string; state: { nextOffset: number } }[] }[]
  }
  const split = operators.flatMap((operator) => operator.splits ?? []).find(({ id }) => id === `${TOPIC}-${PARTITION}`)
  return {
    offset: records.find(({ value }) => value.total_amount === 'n/a')!.offset,
    restarts: 3,
    wentOnAt: split!.state.nextOffset,
  }
}

async function gaveUp(lab: Lab, job: LabJob): Promise<void> {
  await lab.until('the end of zone-revenue', async () => (await job.state()) === 'FAILED')
}

const WHY = 'npx flinkts why zone-revenue'

function checkDiagnosis(lab: Lab, { offset, restarts, wentOnAt }: Trouble): void {
  const answers = lab.answers('diagnosis.yaml')
  const empty = ['partition', 'offset', 'restarts', 'went_on_at'].filter((name) => typeof answers[name] !== 'number')
  if (empty.length > 0)
    return lab.wrong(
      `zone-revenue is FAILED; diagnosis.yaml has no number yet for ${empty.join(', ')}`,
      `Ask it: ${WHY}, and npx flinkts jobs show zone-revenue.`,
    )
  lab.equal(
    answers['partition'],
    PARTITION,
    'the partition of the record',
    `The cause names topic, partition and offset: ${WHY}.`,
  )
  if (answers['offset'] === wentOnAt && wentOnAt !== offset)
    return lab.wrong(
      `${wentOnAt} is where the job went on after each restart`,
      `The record it fails on comes later in the same partition. ${WHY} names it.`,
    )
  lab.equal(
    answers['offset'],
    offset,
    'the offset of the record',
    `The cause names topic, partition and offset: ${WHY}.`,
  )
  if (answers['restarts'] === restarts + 1)
    return lab.wrong(
      `it failed ${restarts + 1} times, and was started again ${restarts} times`,
      'The last failure is the one after which it gave up.',
    )
  lab.equal(
    answers['restarts'],
    restarts,
    'restarts',
    'npx flinkts jobs show zone-revenue lists the exceptions, and what came of each.',
  )
  if (answers['went_on_at'] === offset)
    return lab.wrong(
      `${offset} is the record it fails on`,
      'A restart does not go on where the job died. It goes on where the last checkpoint was taken, and reads what came since again.',
    )
  lab.equal(
    answers['went_on_at'],
    wentOnAt,
    'where partition 1 went on',
    'npx flinkts savepoints inspect zone-revenue: the last checkpoint has an offset for each partition ("goes on at").',
  )
}

interface Topic {
  readonly role: string
  readonly partitions: readonly { readonly position?: number; readonly latestOffset?: number }[]
}

/** It has read all; or it failed again. */
async function passed(lab: Lab, job: LabJob): Promise<boolean> {
  return lab
    .until('zone-revenue at the end of its topic, or its failure', async () => {
      if ((await job.state()) === 'FAILED') return 'failed' as const
      const { exceptionHistory } = await job.rest<{ exceptionHistory: { entries: unknown[] } }>('/exceptions')
      if (exceptionHistory.entries.length > 3) return 'failed' as const
      const { topics } = await lab.rest<{ topics: Topic[] }>(`/flinkts/jobs/${job.id}/topics`)
      const partitions = topics.filter(({ role }) => role === 'source').flatMap((topic) => topic.partitions)
      return (
        partitions.length > 0 &&
        partitions.every(({ position, latestOffset }) => position === latestOffset) &&
        ('read' as const)
      )
    })
    .then((how) => how === 'read')
}

async function recovers(lab: Lab, job: LabJob, isResumed: boolean): Promise<void> {
  if (!(await passed(lab, job)))
    return lab.wrong(
      'with this option the job still fails on the same record',
      "It must be one that passes over what it cannot parse: 'json.ignore-parse-errors' = 'true'.",
    )
  await job.caughtUp()
  const [row] = await lab.query<{ trips: number }>('SELECT coalesce(sum(trips), 0)::int AS trips FROM troubled_zones')
  lab.equal(
    row!.trips,
    GOOD + 1,
    'trips in troubled_zones',
    'The counts of the checkpoint and the trips after it, each once: leave scan.startup.mode and the query as they were.',
  )
  lab.note(
    isResumed
      ? `It went on from the checkpoint of the run that failed: ${SAFE.toLocaleString('en-US')} trips were not read again, none is missing.`
      : `All ${GOOD.toLocaleString('en-US')} trips are counted.`,
  )
  lab.note(
    'The record counts as a trip of zone 132; its amount, which is no number, is NULL. A line that is no JSON at all would be left out.',
  )
}
