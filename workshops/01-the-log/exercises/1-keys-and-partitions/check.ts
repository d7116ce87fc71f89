// Looks at the learner's own topic where there is one; where there is none, at one made as the README says.
import { check, type Lab, type TopicRecord } from 'flinkts/workshop'

const TRIPS = 10_000
const ZONE = '132'
const AGAIN = 'Begin again: `npx flinkts topics delete log-rides --yes`, then the commands of the README.'

const number = (value: number): string => value.toLocaleString('en-US')
const list = (values: readonly unknown[]): string => `[${values.join(', ')}]`
const isTodo = (value: unknown): boolean => value === undefined || value === null || value === 'TODO'

async function ridesOf(lab: Lab, isTodoStill: boolean): Promise<TopicRecord[]> {
  const found = await lab.offsets('log-rides').catch(() => undefined)
  if (found === undefined) {
    if (isTodoStill)
      lab.wrong(
        'there is no topic log-rides yet, and answers.yaml still says TODO',
        'Type the first three commands of the README, then write the numbers you see into answers.yaml.',
      )
    await lab.topic('log-rides', { partitions: 3 })
    await lab.produce('log-rides', { file: lab.data('trips.csv'), key: 'PULocationID' })
    return lab.consume('log-rides')
  }
  if (found.length !== 3)
    lab.wrong(
      `log-rides has ${found.length === 1 ? '1 partition' : `${found.length} partitions`}, not 3`,
      `The number of partitions is said when the topic is made (\`--partitions 3\`); produce alone makes a topic with one. ${AGAIN}`,
    )
  const records = await lab.consume('log-rides')
  if (records.length !== TRIPS)
    lab.wrong(
      `log-rides holds ${number(records.length)} records, the file has ${number(TRIPS)} rides`,
      `${records.length % TRIPS === 0 && records.length > 0 ? 'The file was produced more than once: a log takes every record you give it, also the same one again.' : 'Produce the whole file, once.'} ${AGAIN}`,
    )
  const first = records[0]!
  if (records.every(({ key }) => key === null))
    lab.wrong(
      'the records of log-rides have no key',
      `Without --key the producer fills the partitions in turn, and the rides of a zone lie everywhere. ${AGAIN}`,
    )
  if (records.some(({ key, value }) => key !== String(value.PULocationID))) {
    const field = Object.keys(first.value).find((name) =>
      records.every(({ key, value }) => key === String(value[name])),
    )
    lab.wrong(
      `the key of log-rides is ${field ?? 'not the pick-up zone'}: the first record of partition ${first.partition} has key ${first.key} and PULocationID ${first.value.PULocationID}`,
      `Another key means other partitions: the rides that begin in zone 132 are then spread over all of them. ${AGAIN}`,
    )
  }
  return records
}

function checkRecords(lab: Lab, given: unknown, counts: readonly number[]): void {
  const answers = counts.map((_, partition) =>
    typeof given === 'object' && given !== null ? (given as Record<string, unknown>)[partition] : undefined,
  )
  const todo = answers.findIndex(isTodo)
  if (todo >= 0)
    lab.wrong(
      `answers.yaml says nothing about the records of partition ${todo}`,
      'Type `npx flinkts topics describe log-rides` and write down the column `records`.',
    )
  counts.forEach((count, partition) => {
    if (answers[partition] === count) return
    const isEven = Math.abs(Number(answers[partition]) - TRIPS / counts.length) < 2
    lab.wrong(
      `partition ${partition} has ${number(count)} records, you wrote ${String(answers[partition])}`,
      isEven
        ? 'You shared the rides out evenly. But keys are shared out, not rides: 151 zones, and some have 400 rides and some have 1. Partition 2 got the busy ones.'
        : 'The broker tells: `npx flinkts topics describe log-rides`, column `records`.',
    )
  })
}

function checkZone(lab: Lab, given: unknown, seen: readonly number[], because: string, where: string): void {
  if (isTodo(given))
    lab.wrong(`answers.yaml says nothing about zone ${ZONE} in ${where}`, 'The README has the command that shows it.')
  const answer = (Array.isArray(given) ? given : [given]).map(Number).sort((a, b) => a - b)
  if (list(answer) === list(seen)) return
  lab.wrong(
    `in ${where} zone ${ZONE} lies in ${seen.length === 1 ? 'partition' : 'partitions'} ${list(seen)}, you wrote ${list(answer)}`,
    because,
  )
}

const partitionsOf = (records: readonly TopicRecord[]): number[] =>
  [...new Set(records.filter(({ key }) => key === ZONE).map(({ partition }) => partition))].sort((a, b) => a - b)

/** Where zone 132 comes to lie among 4 partitions is asked of the broker, not worked out. */
async function partitionsAmongFour(lab: Lab): Promise<number[]> {
  const own = await lab.offsets('log-more').catch(() => undefined)
  if (own?.length === 4) {
    const records = await lab.consume('log-more')
    if (records.length === TRIPS && records.every(({ key, value }) => key === String(value.PULocationID)))
      return partitionsOf(records)
  }
  await lab.topic('log-more', { partitions: 3 })
  await lab.produce('log-more', { file: lab.data('trips.csv'), key: 'PULocationID', count: TRIPS / 2 })
  const { code, stderr } = await lab.flinkts('topics', 'alter', 'log-more', '--partitions', '4')
  if (code !== 0)
    lab.wrong(`log-more did not get a fourth partition: ${stderr.trim()}`, 'Look at `npx flinkts status`.')
  await lab.produce('log-more', { file: lab.data('trips.csv'), key: 'PULocationID', count: TRIPS / 2 })
  return partitionsOf(await lab.consume('log-more'))
}

export default check(async (lab: Lab) => {
  const answers = lab.answers('answers.yaml')
  const rides = await ridesOf(lab, isTodo(answers.records?.[0]))
  const counts = [0, 1, 2].map((partition) => rides.filter((record) => record.partition === partition).length)
  checkRecords(lab, answers.records, counts)
  const zones = new Set(rides.map(({ key }) => key)).size
  const among3 = partitionsOf(rides)
  checkZone(
    lab,
    answers.partitions_of_132,
    among3,
    `The key decides, every time anew and always the same: hash('132') modulo 3 is ${list(among3)}. Look at \`partition\` in \`npx flinkts consume log-rides --from earliest --until now --key 132 --json\`.`,
    'log-rides',
  )
  const among4 = await partitionsAmongFour(lab)
  checkZone(
    lab,
    answers.partitions_of_132_in_log_more,
    among4,
    'Records never move. The first 5,000 rides were placed by hash modulo 3, the others by hash modulo 4: the same zone, two partitions, and no order between them.',
    'log-more',
  )
  lab.note(`10,000 rides of ${zones} zones: ${counts.map(number).join(' / ')} in the three partitions`)
  lab.note(`zone ${ZONE}: partition ${list(among3)} of three, ${list(among4)} once there were four`)
})
