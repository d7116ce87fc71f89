import { check, type Lab, type LabJob } from 'flinkts/workshop'

/** In the order in which they come: real trips of 17 January 2019. */
const TRIPS = [
  { zone: 90, at: '18:43:17' },
  { zone: 237, at: '18:55:38' },
  { zone: 162, at: '18:49:45' },
  { zone: 142, at: '19:00:46' },
  { zone: 230, at: '18:55:09' },
  { zone: 234, at: '19:05:08' },
  { zone: 230, at: '18:47:36' },
  { zone: 230, at: '19:11:52' },
]

export default check(async (lab: Lab) => {
  const prediction = read(lab)
  await lab.topic('rides-by-hand')
  await lab.query(
    'DROP TABLE IF EXISTS by_hand_hours; CREATE TABLE by_hand_hours (window_start timestamp(3) PRIMARY KEY, trips bigint)',
  )
  const job = await lab.run('by-hand.sql')
  checkWatermark(lab, prediction)
  const firesAt = await send(lab, job)
  const fates = await fatesOf(lab, job)
  const [row] = await lab.query<{ trips: number }>('SELECT trips::int FROM by_hand_hours')
  checkFiring(lab, prediction.firesAt, firesAt)
  checkTrips(lab, prediction, { trips: row!.trips, dropped: fates.indexOf('late') + 1 })
  lab.note(
    `The window 18:00–19:00 fired with ${row!.trips} trips when trip ${firesAt} came; trip ${prediction.dropped} was dropped.`,
  )
  lab.note('Trips 3 and 5 were out of order, and behind the watermark, too. Their window was open: they count.')
})

interface Prediction {
  readonly afterTrip2: string
  readonly afterTrip3: string
  readonly firesAt: number
  readonly trips: number
  readonly dropped: number
}

function read(lab: Lab): Prediction {
  const answers = lab.answers('prediction.yaml')
  const names = [
    'watermark_after_trip_2',
    'watermark_after_trip_3',
    'window_18_fires_at_trip',
    'trips_in_window_18',
    'dropped_trip',
  ]
  const empty = names.filter((name) => answers[name] === null || answers[name] === undefined || answers[name] === '')
  if (empty.length > 0)
    return lab.wrong(
      `prediction.yaml says nothing yet of ${empty.join(', ')}`,
      'Go through the eight trips one by one. Keep two numbers in your head: the latest time seen so far, and that minus five minutes.',
    )
  return {
    afterTrip2: clock(answers['watermark_after_trip_2']),
    afterTrip3: clock(answers['watermark_after_trip_3']),
    firesAt: Number(answers['window_18_fires_at_trip']),
    trips: Number(answers['trips_in_window_18']),
    dropped: Number(answers['dropped_trip']),
  }
}

/** `18:50:38`; 18:50:38 without quotes is a number of seconds to old YAML, and a text to new. */
function clock(value: unknown): string {
  if (typeof value !== 'number') return String(value).trim()
  const part = (seconds: number): string => String(Math.floor(seconds)).padStart(2, '0')
  return [value / 3600, (value / 60) % 60, value % 60].map(part).join(':')
}

function checkWatermark(lab: Lab, { afterTrip2, afterTrip3 }: Prediction): void {
  if (afterTrip2 === '18:55:38')
    return lab.wrong(
      'watermark after trip 2: 18:55:38',
      'That is the latest time seen. The watermark is five minutes behind it.',
    )
  if (afterTrip2 === '18:38:17')
    return lab.wrong(
      'watermark after trip 2: 18:38:17',
      'That is after trip 1. Trip 2 is later, so it moves the watermark on.',
    )
  lab.equal(afterTrip2, '18:50:38', 'watermark after trip 2', 'The latest time seen is 18:55:38; five minutes less.')
  if (afterTrip3 === '18:44:45')
    return lab.wrong(
      'watermark after trip 3: 18:44:45',
      'That is trip 3 minus five minutes, and would be a step back. A watermark never goes back: the latest time seen is still that of trip 2.',
    )
  lab.equal(
    afterTrip3,
    '18:50:38',
    'watermark after trip 3',
    'Trip 3 is earlier than trip 2: the latest time seen stays, and the watermark with it.',
  )
}

/** Sends the trips one by one; gives the number of the one with whose coming the window fires. */
async function send(lab: Lab, job: LabJob): Promise<number> {
  let firesAt = 0
  for (const [index, { zone, at }] of TRIPS.entries()) {
    const value = { PULocationID: zone, tpep_pickup_datetime: Date.parse(`2019-01-17T${at}Z`) }
    await lab.produce('rides-by-hand', { records: [value] })
    await job.caughtUp()
    if (firesAt > 0) continue
    const rows = await lab.query('SELECT FROM by_hand_hours')
    if (rows.length > 0) firesAt = index + 1
  }
  return firesAt
}

/** What `flinkts why by-hand --record …` says of each. */
async function fatesOf(lab: Lab, job: LabJob): Promise<string[]> {
  const fates: string[] = []
  for (const offset of TRIPS.keys()) {
    const path = `/flinkts/jobs/${job.id}/why?record=rides-by-hand:0:${offset}`
    const { findings } = await lab.rest<{ findings: { facts: { state: string } }[] }>(path)
    fates.push(findings[0]!.facts.state)
  }
  return fates
}

function checkFiring(lab: Lab, predicted: number, actual: number): void {
  if (predicted === 4)
    return lab.wrong(
      'trip 4 came at 19:00:46, and the window 18:00–19:00 did not fire',
      'Trip 4 belongs to the next hour, but windows do not listen to trips: they listen to the watermark, and that was 18:55:46.',
    )
  lab.equal(
    predicted,
    actual,
    'trip at which the window 18:00–19:00 fires',
    'It fires when the watermark reaches 19:00:00. Which trip is the first that began at 19:05:00 or later?',
  )
}

function checkTrips(lab: Lab, predicted: Prediction, actual: { trips: number; dropped: number }): void {
  if (predicted.dropped === 3 || predicted.dropped === 5)
    return lab.wrong(
      `trip ${predicted.dropped} was counted`,
      'It came out of order, even behind the watermark. But the window 18:00–19:00 was still open, and took it. Late is what comes after its window has fired.',
    )
  lab.equal(
    predicted.dropped,
    actual.dropped,
    'trip that is dropped as late',
    `npx flinkts why by-hand --record rides-by-hand:0:${actual.dropped - 1} tells its story (offsets begin at 0).`,
  )
  if (predicted.trips === actual.trips + 1)
    return lab.wrong(
      `the window 18:00–19:00 has ${actual.trips} trips, not ${predicted.trips}`,
      `Five trips began in that hour, but trip ${actual.dropped} came after the window had fired: it is missing in the result, for ever.`,
    )
  lab.equal(
    predicted.trips,
    actual.trips,
    'trips in the window 18:00–19:00',
    'All trips of that hour count that came before it fired, in whatever order.',
  )
}
