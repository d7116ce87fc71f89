// Sends the eight rides one by one to the running job, notes when a window comes out, and compares the answers.
import { readFileSync } from 'node:fs'
import { check, type Lab, type LabJob } from 'flinkts/workshop'

const TOPIC = 'eight-rides'

interface Fired {
  readonly hour: string
  readonly trips: number
}
interface Seen {
  readonly tenAfter: number | undefined
  readonly tenTrips: number | undefined
  readonly elevenAfter: number | undefined
  readonly droppedAt: number | undefined
}

interface Ride {
  readonly tpep_pickup_datetime: number
}

const clock = ({ tpep_pickup_datetime }: Ride): string => new Date(tpep_pickup_datetime).toISOString().slice(11, 19)
const behind = (ride: Ride): string => clock({ tpep_pickup_datetime: ride.tpep_pickup_datetime - 20 * 60_000 })

const readRides = (lab: Lab): Ride[] =>
  readFileSync(lab.data('arrivals.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Ride)

async function firedRows(lab: Lab): Promise<Fired[]> {
  return lab.query<Fired>(`SELECT to_char(window_start, 'HH24') AS hour, trips::int AS trips FROM fired`)
}

/** Late records that were dropped, as the subtasks tell it. */
async function lateOf(job: LabJob): Promise<number> {
  const { vertices } = await job.rest<{ vertices: readonly { id: string }[] }>()
  const sums = await Promise.all(
    vertices.map(async ({ id }) => {
      const path = `/vertices/${id}/subtasks/metrics?get=numLateRecordsDropped&agg=sum`
      const [metric] = await job.rest<{ sum: number }[]>(path)
      return Number(metric?.sum ?? 0)
    }),
  )
  return sums.reduce((left, right) => left + right, 0)
}

/** The rides in four steps: those before the one that lets a window out, that one, the late one, and the rest. */
async function send(lab: Lab, job: LabJob, rides: readonly Ride[]): Promise<Seen> {
  let [tenAfter, tenTrips, elevenAfter]: (number | undefined)[] = []
  const look = async (number: number): Promise<void> => {
    const rows = await firedRows(lab)
    const ten = rows.find(({ hour }) => hour === '10')
    if (ten !== undefined) {
      tenAfter ??= number
      tenTrips = ten.trips
    }
    if (rows.some(({ hour }) => hour === '11')) elevenAfter ??= number
  }
  let sent = 0
  const sendTo = async (number: number): Promise<void> => {
    await lab.produce(TOPIC, { records: rides.slice(sent, number).map((ride) => ({ ...ride })) })
    sent = number
    await job.caughtUp()
  }
  await sendTo(4)
  await look(4)
  await sendTo(5)
  await lab.until('the window 10:00–11:00 is in the table fired', async () => (await firedRows(lab)).length > 0, 5_000)
  await look(5)
  await sendTo(6)
  await lab.until('ride 6 is counted as late', async () => (await lateOf(job)) === 1, 5_000)
  await sendTo(8)
  await look(8)
  return { tenAfter, tenTrips, elevenAfter, droppedAt: 6 }
}

function compare(lab: Lab, rides: readonly Ride[], seen: Seen): void {
  const told = lab.answers('answers.yaml')
  const five = rides[4]!
  lab.equal(
    told.ten_fires_after,
    seen.tenAfter,
    'the window 10:00–11:00 comes out after ride',
    told.ten_fires_after === 3
      ? `Ride 3 is of ${clock(rides[2]!)}, but the watermark stays 20 minutes behind: it stood at ${behind(rides[2]!)}, and who has a ride ` +
          'from before 11:00 still had time to send it. A window fires when the watermark passes its end, not when a ride does.'
      : `The watermark is the latest time so far less 20 minutes; ride 5 (${clock(five)}) takes it to ${behind(five)}, the first past 11:00.`,
  )
  lab.equal(
    told.ten_counts,
    seen.tenTrips,
    'trips of the window 10:00–11:00',
    told.ten_counts === 4
      ? `Rides 1, 2, 4 and 6 are of that hour, but ride 6 (${clock(rides[5]!)}) came after the window had fired.`
      : `Rides 1, 2 and 4. Ride 4 came behind ride 3, but the window was still open: out of order is not late.`,
  )
  lab.equal(
    told.dropped,
    seen.droppedAt,
    'the ride that counts nowhere',
    told.dropped === 4
      ? `Ride 4 is out of order, and nobody minds: the watermark stood at ${behind(rides[2]!)}. Late is who comes behind the watermark, when ` +
          'all of its windows are gone.'
      : `Ride 6 (${clock(rides[5]!)}) came when the watermark stood at ${behind(five)}: its window was gone. The job counts it as late and drops it.`,
  )
  const eleven = told.eleven_fires_after
  const isNever = eleven === 'never' || eleven === 0 || eleven === false
  if (seen.elevenAfter === undefined && !isNever)
    lab.wrong(
      `the window 11:00–12:00 is not in the table fired after all eight rides; you wrote ${eleven}`,
      `Ride 8 (${clock(rides[7]!)}) takes the watermark to ${behind(rides[7]!)} only. Without a ride of 12:20 or later it stays open, for ` +
        'years if need be: the clock on the wall fires nothing.',
    )
}

export default check(async (lab) => {
  await lab.topic(TOPIC)
  await lab.query(
    'DROP TABLE IF EXISTS fired; CREATE TABLE fired (window_start timestamp(3) PRIMARY KEY, trips bigint NOT NULL)',
  )
  const told = lab.answers('answers.yaml')
  for (const name of ['ten_fires_after', 'ten_counts', 'dropped', 'eleven_fires_after'])
    if (typeof told[name] !== 'number' && told[name] !== 'never')
      lab.wrong(
        `answers.yaml has no answer for ${name}`,
        'Topic and table are there now. Write down for each ride where it takes the watermark; or run the job and send the ' +
          'rides one by one, as the page says.',
      )
  const rides = readRides(lab)
  const job = await lab.run('job.sql')
  const seen = await send(lab, job, rides).finally(() => job.cancel().catch(() => undefined))
  compare(lab, rides, seen)
  lab.note(
    `10:00–11:00 came out after ride ${seen.tenAfter} with ${seen.tenTrips} trips; ride ${seen.droppedAt} was late; 11:00–12:00 waits for a ride of 12:20`,
  )
})
