import { readFileSync } from 'node:fs'
import { check, type Lab, type TopicRecord } from 'flinkts/workshop'

type Settings = Readonly<Record<string, unknown>>

const TRIPS = 10_000
const NEWEST = 500
const FIELDS = ['PULocationID', 'DOLocationID', 'trip_distance', 'total_amount', 'tpep_pickup_datetime']
const DAY_MS = 86_400_000
const NEWEST_RIDE_MS = 1_548_979_151_000 // 31 January 2019

const isTodo = (value: unknown): boolean => value === undefined || value === null || value === 'TODO' || value === ''
const number = (value: number): string => value.toLocaleString('en-US')
const policiesOf = (settings: Settings): string[] => String(settings['cleanup.policy']).split(/\s*,\s*/)

function settingsOf(answers: Record<string, unknown>, topic: string, lab: Lab): Settings {
  const settings = answers[topic]
  if (typeof settings !== 'object' || settings === null)
    lab.wrong(`topics.yaml says nothing about ${topic}`, 'Take it from `npx flinkts workshop reset` if it got lost.')
  for (const policy of policiesOf(settings as Settings))
    if (policy !== 'delete' && policy !== 'compact')
      lab.wrong(
        `${topic} has cleanup.policy: ${policy}`,
        "Kafka knows 'delete', 'compact', and both: 'compact,delete'.",
      )
  return settings as Settings
}

async function makeTopic(lab: Lab, topic: string, { key: _key, ...settings }: Settings): Promise<void> {
  const config = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]))
  await lab.topic(topic, { config })
}

/** Each ride with its own time, whatever the topic does to it then: producing the file would not send rides to their death. */
function rides(lab: Lab): { value: Record<string, number>; timestamp: number }[] {
  const [header, ...lines] = readFileSync(lab.data('trips.csv'), 'utf8').trimEnd().split('\n')
  const names = header!.split(',')
  return lines.map((line) => {
    const cells = line.split(',').map(Number)
    const value = Object.fromEntries(names.map((name, index) => [name, cells[index]!]))
    return { value, timestamp: value['tpep_pickup_datetime']! }
  })
}

async function checkArchive(lab: Lab, settings: Settings): Promise<void> {
  const policies = policiesOf(settings)
  const retentionMs = Number(settings['retention.ms'])
  if (policies.includes('compact'))
    lab.wrong(
      `log-archive has cleanup.policy: ${policies.join(',')}`,
      'Compaction keeps one record of each key. An archive keeps them all: that is cleanup.policy: delete, with a retention that lets nothing go.',
    )
  if (settings['retention.ms'] === undefined)
    lab.wrong(
      'log-archive has no retention.ms',
      'A topic that says nothing takes what the broker says: 7 days, unless somebody changed it (in this project somebody did, see flinkts.yaml). An archive says it itself.',
    )
  await makeTopic(lab, 'log-archive', settings)
  await lab.produce('log-archive', { records: rides(lab) })
  const ageDays = Math.floor((Date.now() - NEWEST_RIDE_MS) / DAY_MS)
  if (retentionMs < 0) return
  if (retentionMs > ageDays * DAY_MS)
    lab.wrong(
      `log-archive keeps its records for ${number(Math.floor(retentionMs / DAY_MS))} days: the rides are there today, and gone in some years`,
      'For ever has a value of its own in Kafka: retention.ms: -1.',
    )
  // what the rule says is not enough: the broker has to have done it
  const left = await lab.until('the broker to look for old records in log-archive', async () => {
    const [partition] = await lab.offsets('log-archive')
    return partition!.earliest > 0 ? partition : undefined
  })
  lab.wrong(
    `${number(TRIPS)} rides were written to log-archive, ${number(left.latest - left.earliest)} are left: its earliest offset is ${number(left.earliest)}`,
    `retention.ms ${retentionMs} is ${number(retentionMs / DAY_MS)} days, and the newest ride is of 31 January 2019, ${number(ageDays)} days ago. Retention asks how old the record says it is, not how long it has been here.`,
  )
}

/** Of the files that are full at most one record of each key is left; the newest file is as it was written. */
function isCompacted(records: readonly TopicRecord[]): boolean {
  return records.length < TRIPS / 4
}

function checkZoneRules(lab: Lab, settings: Settings): void {
  const { key } = settings
  const policies = policiesOf(settings)
  if (!policies.includes('compact'))
    lab.wrong(
      `log-zones has cleanup.policy: ${policies.join(',')} and retention.ms: ${String(settings['retention.ms'])}: it keeps all ${number(TRIPS)} rides`,
      'delete knows ages only. "The last record of each key" is the other policy.',
    )
  if (isTodo(key))
    lab.wrong(
      'log-zones is compacted, and its records have no key',
      'Without keys there is no "last record of each key": the broker refuses such records. Name the field of which there shall be one record each.',
    )
  if (!isTodo(key) && !FIELDS.includes(String(key)))
    lab.wrong(`the rides have no field ${String(key)}`, `Their fields are ${FIELDS.join(', ')}.`)
  const retentionMs = Number(settings['retention.ms'] ?? -1)
  if (policies.includes('delete') && retentionMs >= 0)
    lab.wrong(
      `log-zones has cleanup.policy: ${policies.join(',')} and retention.ms: ${retentionMs}`,
      'With both policies, what is too old goes even if it is the last word on its key: a zone without a ride for a while has no ride at all.',
    )
}

async function checkKey(lab: Lab, field: string): Promise<void> {
  const records = await lab.consume('log-zones')
  const stray = records.find(({ key, value }) => key !== String(value.PULocationID))
  if (stray === undefined) return
  const keys = new Set(records.map(({ key }) => key)).size
  lab.wrong(
    `the record at offset ${stray.offset} of log-zones has the key ${stray.key}, its ride began in zone ${stray.value.PULocationID}`,
    `With ${field} as the key the last ride of each ${field} is kept, ${number(keys)} of them. The map needs the last one of each pick-up zone.`,
  )
}

export default check(async (lab: Lab) => {
  const answers = lab.answers('topics.yaml')
  await checkArchive(lab, settingsOf(answers, 'log-archive', lab))
  const zones = settingsOf(answers, 'log-zones', lab)
  checkZoneRules(lab, zones)
  await makeTopic(lab, 'log-zones', zones)
  const file = lab.data('trips.csv')
  // in two parts: the newest file of the log is never cleaned up, and would hold everything that came in one batch
  const how = { file, key: String(zones['key']), timeColumn: 'tpep_pickup_datetime' }
  await lab.produce('log-zones', { ...how, count: TRIPS - NEWEST })
  await lab.produce('log-zones', { ...how, skip: TRIPS - NEWEST })
  await checkKey(lab, String(zones['key']))
  const left = await lab.until('log-zones to be compacted', async () => {
    const records = await lab.consume('log-zones')
    return isCompacted(records) ? records : undefined
  })
  const archive = await lab.consume('log-archive')
  lab.equal(archive.length, TRIPS, 'rides in log-archive', 'The archive keeps all of them.')
  const perZone = left.filter(({ key }) => key === '132').length
  lab.note(`log-archive holds ${number(archive.length)} of ${number(TRIPS)} rides, log-zones ${number(left.length)}`)
  lab.note(`of zone 132 ${perZone === 1 ? 'one ride is' : `${perZone} rides are`} left in log-zones; there were 235`)
})
