import { check, type Anything, type Lab, type LabJob } from 'flinkts/workshop'

const PART = 1000
const QUIET = 1

export default check(async (lab: Lab) => {
  await lab.topic('rides-idle', { partitions: 3 })
  await lab.query(`DROP TABLE IF EXISTS idle_hours;
    CREATE TABLE idle_hours (window_start timestamp(3), pulocationid integer, trips bigint, PRIMARY KEY (window_start, pulocationid))`)
  await feed(lab, 0, PART)
  const job = await lab.run('zone-trips.ts')
  await job.caughtUp()
  const held = await holderOf(lab, job)
  checkDiagnosis(lab)
  if (held !== undefined) await checkTimeout(lab, held)
  await keepFeeding(lab)
  const [row] = await lab.query<{ rows: number; trips: number }>(
    'SELECT count(*)::int AS rows, sum(trips)::int AS trips FROM idle_hours',
  )
  lab.note(
    `${row!.trips.toLocaleString('en-US')} trips are in ${row!.rows.toLocaleString('en-US')} windows: nobody waits for partition ${QUIET} any more.`,
  )
  await wake(lab, job)
})

/** Trips into the partitions that are not quiet, `count` each, behind the first `skip` of the file. */
async function feed(lab: Lab, skip: number, count: number): Promise<void> {
  const file = 'trips.csv'
  await lab.produce('rides-idle', { file, partition: 0, skip, count })
  await lab.produce('rides-idle', { file, partition: 2, skip: skip + count, count })
}

interface Held {
  readonly holder: string
  readonly idleTimeoutMs: number
  readonly text: string
}

async function findingsOf(job: LabJob): Promise<Anything[]> {
  return (await job.why()).findings
}

/** What `flinkts why` says of who holds the watermark back; undefined: nobody does any more. */
async function holderOf(lab: Lab, job: LabJob): Promise<Held | undefined> {
  const findings = await findingsOf(job)
  const none = findings.find(({ kind }) => kind === 'no-watermarks')
  if (none !== undefined)
    return lab.wrong(
      none.text,
      'Leave .withWatermarks(…) where it is: without watermarks event time stands still for good.',
    )
  const held = findings.find(({ kind }) => kind === 'watermark-held')
  if (held === undefined) return undefined
  return { holder: held.facts.holder, idleTimeoutMs: held.facts.idleTimeoutMs ?? 0, text: held.text }
}

function checkDiagnosis(lab: Lab): void {
  const answers = lab.answers('diagnosis.yaml')
  const names = ['partition', 'records_in_it', 'first_window_waiting']
  const empty = names.filter((name) => answers[name] === null || answers[name] === undefined || answers[name] === '')
  if (empty.length > 0)
    return lab.wrong(
      `zone-trips runs, has read ${(2 * PART).toLocaleString('en-US')} trips, and idle_hours is empty; diagnosis.yaml says nothing yet of ${empty.join(', ')}`,
      'First the diagnosis, then the cure: npx flinkts why zone-trips',
    )
  if (Number(answers['partition']) !== QUIET)
    return lab.wrong(
      `partition ${answers['partition']} has ${PART} records, and its watermark is far ahead of the windows that wait`,
      'A window listens to the lowest watermark of all partitions. Whose is the lowest, or is not there at all?',
    )
  lab.equal(
    Number(answers['records_in_it']),
    0,
    `records in partition ${QUIET}`,
    'npx flinkts topics describe rides-idle',
  )
  const window = String(answers['first_window_waiting']).trim().replace('T', ' ').slice(0, 16)
  if (window === '2019-01-01 00:59' || window === '2019-01-01 01:00')
    return lab.wrong(`${window} is the end of the window`, 'It begins an hour earlier.')
  lab.equal(
    window,
    '2019-01-01 00:00',
    'the first window that waits',
    '`npx flinkts why zone-trips` names it below "note": the next one to fire.',
  )
}

async function checkTimeout(lab: Lab, { holder, idleTimeoutMs, text }: Held): Promise<void> {
  if (idleTimeoutMs === 0)
    return lab.wrong(
      `the diagnosis is right. Now the cure: ${text}`,
      /boundedOutOfOrderness\(seconds\(5\)\)/.test(lab.read('zone-trips.ts'))
        ? `Nobody has said how long to wait for ${holder}, so everybody waits for ever. Tell boundedOutOfOrderness, with its second argument: { idleAfter: seconds(1) }.`
        : 'A longer or shorter delay changes nothing: a partition without any record has no watermark that could be delayed. What is missing is how long to wait for it: { idleAfter: seconds(1) }.',
    )
  if (idleTimeoutMs > 2000)
    return lab.wrong(
      `the idle timeout is ${idleTimeoutMs / 1000} s: so long nothing will come out, each time that a partition falls silent`,
      'In earnest that is a good value. Here take 1 or 2 seconds, so that you need not wait.',
    )
  if (idleTimeoutMs < 200)
    return lab.wrong(
      `the idle timeout is ${idleTimeoutMs} ms`,
      'At every short pause of a partition the others would go on without it, and what it says next would be late. A number is milliseconds; seconds(1) is meant.',
    )
}

/** As a stream does: the partitions that are awake get trips all the time, until the windows fire. */
async function keepFeeding(lab: Lab): Promise<void> {
  let skip = 2 * PART
  await lab.until('rows in idle_hours', async () => {
    await feed(lab, skip, 10)
    skip += 20
    const [row] = await lab.query<{ rows: number }>('SELECT count(*)::int AS rows FROM idle_hours')
    return row!.rows > 0
  })
}

/** The price of an idle timeout. */
async function wake(lab: Lab, job: LabJob): Promise<void> {
  await lab.produce('rides-idle', { file: 'trips.csv', partition: QUIET, count: 3 })
  await job.caughtUp()
  const late = (await findingsOf(job)).find(({ kind }) => kind === 'late-records')
  if (late === undefined) return
  lab.note(
    `The price: then partition ${QUIET} woke up and told of 3 trips of 1 January. ${late.facts.dropped} of them were dropped as late.`,
  )
}
