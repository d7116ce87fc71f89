// Looks at the learner's own topic where there is one; where there is none, at one made as the README says.
import { check, type Lab, type TopicRecord } from 'flinkts/workshop'

const TRIPS = 10_000
const NOON_MS = Date.UTC(2019, 0, 15, 12)
const HOUR_MS = 3_600_000
const PARTITIONS = [0, 1, 2]
const AGAIN = 'Begin again: `npx flinkts topics delete log-times --yes`, then the commands of the README.'

const iso = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')
const isTodo = (value: unknown): boolean => value === undefined || value === null || value === 'TODO'

function checkTimes(lab: Lab, records: readonly TopicRecord[]): void {
  const [first] = records
  if (first === undefined)
    lab.wrong(
      'log-times is empty',
      `Was it made without retention.ms=-1? Then the broker took rides of 2019 for too old. ${AGAIN}`,
    )
  if (first.timestamp !== first.value.tpep_pickup_datetime)
    lab.wrong(
      `the first record of partition ${first.partition} has the timestamp ${iso(first.timestamp)}, its ride began at ${iso(first.value.tpep_pickup_datetime)}`,
      `The timestamp is when you sent it: without --time-column tpep_pickup_datetime the producer knows no other time, and the broker does not look into the JSON. Asked for noon of 15 January 2019 it gives the very first record, for all are later. ${AGAIN}`,
    )
  if (records.length !== TRIPS)
    lab.wrong(
      `log-times holds ${records.length} records, the file has ${TRIPS} rides`,
      `${records.length > TRIPS ? 'The file was produced more than once.' : 'Produce the whole file.'} ${AGAIN}`,
    )
}

async function ridesOf(lab: Lab, isTodoStill: boolean): Promise<TopicRecord[][]> {
  const found = await lab.offsets('log-times').catch(() => undefined)
  if (found === undefined) {
    if (isTodoStill)
      lab.wrong(
        'there is no topic log-times yet, and answers.yaml still says TODO',
        'Type the first three commands of the README, then look for noon.',
      )
    await lab.topic('log-times', { partitions: 3, config: { 'retention.ms': '-1' } })
    await lab.produce('log-times', {
      file: lab.data('trips.csv'),
      key: 'PULocationID',
      timeColumn: 'tpep_pickup_datetime',
    })
  } else if (found.length !== 3)
    lab.wrong(
      `log-times has ${found.length} partition(s), not 3`,
      `--partitions is said when the topic is made. ${AGAIN}`,
    )
  const records = await lab.consume('log-times')
  checkTimes(lab, records)
  const perPartition = PARTITIONS.map((partition) => records.filter((record) => record.partition === partition))
  if (perPartition.some((rides) => rides.length < 2000) || records.some(({ key }) => key === null))
    lab.wrong('the records of log-times have no key, or not the pick-up zone', `Offsets are other ones then. ${AGAIN}`)
  return perPartition
}

/** Why somebody comes to another offset than the first one from noon on. */
function whyOtherOffset(given: number, noon: number, rides: readonly TopicRecord[], others: readonly number[]): string {
  const at = (offset: number): string => {
    const ride = rides[offset]
    return ride === undefined
      ? `There is no offset ${offset} here`
      : `At offset ${offset} is a ride of ${iso(ride.timestamp)}`
  }
  if (given === 0) return 'That is the first of all: was the time understood? Write it as 2019-01-15T12:00:00Z.'
  if (given === noon - 1) return `${at(given)}, the last one before noon; the first one from noon on is asked for.`
  if (others.includes(given)) return `That is the offset of another partition: each counts for itself. ${at(given)}.`
  if (rides[given] === undefined) return `${at(given)}: the last one is ${rides.length - 1}.`
  const hours = Math.round((rides[given].timestamp - NOON_MS) / HOUR_MS)
  const zone = hours !== 0 && Math.abs(hours) <= 14 ? ' A few hours off is often a time zone: the Z means UTC.' : ''
  return `${at(given)}.${zone}`
}

export default check(async (lab: Lab) => {
  const answers = lab.answers('answers.yaml')
  const partitions = await ridesOf(lab, isTodo(answers.noon?.[0]))
  const noons = partitions.map((rides) => rides.findIndex(({ timestamp }) => timestamp >= NOON_MS))
  for (const partition of PARTITIONS) {
    const given: unknown = answers.noon?.[partition]
    const noon = noons[partition]!
    const command = `npx flinkts consume log-times --partition ${partition} --from 2019-01-15T12:00:00Z --count 1 --json`
    if (isTodo(given))
      lab.wrong(`answers.yaml says nothing about noon in partition ${partition}`, `\`${command}\` shows it.`)
    if (given !== noon)
      lab.wrong(
        `in partition ${partition} the first ride from noon on has offset ${noon} (${iso(partitions[partition]![noon]!.timestamp)}), you wrote ${String(given)}`,
        `${whyOtherOffset(Number(given), noon, partitions[partition]!, noons)} \`${command}\``,
      )
  }
  const days = partitions.map((rides) => new Date(rides[1000]!.timestamp).getUTCDate())
  for (const partition of PARTITIONS) {
    const given: unknown = answers.day_at_offset_1000?.[partition]
    if (isTodo(given))
      lab.wrong(
        `answers.yaml says nothing about offset 1000 of partition ${partition}`,
        `\`npx flinkts consume log-times --partition ${partition} --from ${partition}=1000 --count 1 --json\` shows it; timestamp is in milliseconds since 1970.`,
      )
    if (given !== days[partition])
      lab.wrong(
        `offset 1000 of partition ${partition} is of ${iso(partitions[partition]![1000]!.timestamp)} (UTC), you wrote the day ${String(given)}`,
        'Offsets count records, not time: a partition with more rides gets to its thousandth earlier in the month.',
      )
  }
  lab.note(`noon of 15 January is at the offsets ${noons.join(' / ')}; offset 1000 is of the ${days.join('th / ')}th`)
})
