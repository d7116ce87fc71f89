import { check, type Lab } from 'flinkts/workshop'

const JOB = 'zone-totals.sql'
const BEFORE = 5000
const AWAY = 2000
const AFTER = 1000
const ALL = BEFORE + AWAY + AFTER

export default check(async (lab: Lab) => {
  const { end, begin } = runbook(lab)
  await lab.topic('rides-stop', { partitions: 2 })
  await lab.query(`DROP TABLE IF EXISTS stop_totals;
    CREATE TABLE stop_totals (pulocationid integer PRIMARY KEY, trips bigint, revenue double precision)`)
  const first = await lab.run(JOB, { parallelism: 1 })
  await first.checkpoint() // it begins at the latest offset: now it knows which that is
  await produce(lab, 0, BEFORE)
  await first.caughtUp()
  await first.checkpoint()
  await type(lab, end)
  await checkEnded(lab, first.id, end)
  await produce(lab, BEFORE, AWAY)
  const said = await type(lab, begin)
  const second = await running(lab)
  await checkParallelism(lab, second, begin)
  await produce(lab, BEFORE + AWAY, AFTER)
  await totals(lab, second, { end, begin, said })
})

function produce(lab: Lab, skip: number, count: number): Promise<{ records: number }> {
  return lab.produce('rides-stop', { file: 'trips.csv', key: 'PULocationID', skip, count })
}

/** Words of a command line without the program's name. */
type Command = readonly string[]

function runbook(lab: Lab): { end: Command; begin: Command } {
  const answers = lab.answers('runbook.yaml')
  const [end, begin] = ['end', 'begin'].map((name) => command(lab, name, answers[name]))
  if (begin![0] !== 'run' && !(begin![0] === 'savepoints' && begin![1] === 'restore'))
    return lab.wrong(
      `begin: flinkts ${begin!.join(' ')}`,
      begin![1] === 'restart'
        ? '`jobs restart` runs the job as it was submitted, with parallelism 1: a changed job is begun with `flinkts run`.'
        : 'It must begin the job, with `flinkts run`.',
    )
  if (begin![0] === 'run' && !begin!.some((word) => word === '--detach' || word === '-d'))
    return lab.wrong(
      `begin: flinkts ${begin!.join(' ')}`,
      'Without --detach this command follows the job, and the runbook never comes to its end.',
    )
  return { end: end!, begin: begin! }
}

function command(lab: Lab, name: string, value: unknown): Command {
  const words = typeof value === 'string' ? value.trim().split(/\s+/) : []
  if (words[0] === 'npx') words.shift()
  if (words[0] === 'flinkts' && words[1] === 'down')
    return lab.wrong(
      `${name}: flinkts down`,
      'That ends Kafka, Postgres and all jobs. Only zone-totals has to go, and the trips must find a Kafka.',
    )
  if (words[0] !== 'flinkts' || words.length < 2)
    return lab.wrong(
      `runbook.yaml has no command for \`${name}\``,
      `One line, as you would type it: ${name}: flinkts …`,
    )
  return words.slice(1)
}

/** The learner's copy of the job, wherever the command line says it is. */
async function type(lab: Lab, words: Command): Promise<string> {
  const { code, stdout, stderr } = await lab.flinkts(
    ...words.map((word) => (word.endsWith(JOB) ? `${lab.folder}/${JOB}` : word)),
  )
  if (code === 0) return `${stdout}\n${stderr}`
  return lab.wrong(
    `flinkts ${words.join(' ')} failed: ${firstLines(stderr)}`,
    'Type it yourself: it says the same to you.',
  )
}

function firstLines(text: string): string {
  return text.trim().split('\n').slice(0, 3).join(' ')
}

/** What a run says of where it begins. */
function beginning(said: string): string {
  const lines = said.split('\n').filter((line) => line !== '')
  return (lines.find((line) => /resuming|restoring|fresh/.test(line)) ?? lines[0] ?? 'nothing').replace(/^note: /, '')
}

async function checkEnded(lab: Lab, id: string, end: Command): Promise<void> {
  const { state } = await lab.rest<{ state: string }>(`/jobs/${id}`)
  if (['FINISHED', 'CANCELED', 'FAILED'].includes(state)) return
  return lab.wrong(
    `after flinkts ${end.join(' ')} the job is ${state}`,
    end[0] === 'savepoints'
      ? 'A savepoint of a running job is taken beside its work, and the job goes on. What it counts from then on is not in it. There is a command that takes one and ends the job at that very point.'
      : '`end` must end it: no two jobs may write the same totals.',
  )
}

async function running(lab: Lab): Promise<string> {
  const { jobs } = await lab.rest<{ jobs: { jid: string; name: string; state: string }[] }>('/jobs/overview')
  const job = jobs.find(({ name, state }) => name.endsWith(JOB) && !['FINISHED', 'CANCELED', 'FAILED'].includes(state))
  if (job !== undefined) return job.jid
  return lab.wrong('after `begin` no job zone-totals is running', '`npx flinkts jobs list` shows what became of it.')
}

async function checkParallelism(lab: Lab, id: string, begin: Command): Promise<void> {
  const { vertices } = await lab.rest<{ vertices: { parallelism: number }[] }>(`/jobs/${id}`)
  const parallelism = Math.max(...vertices.map((vertex) => vertex.parallelism))
  if (parallelism === 2) return
  return lab.wrong(
    `the new job runs with parallelism ${parallelism}`,
    begin[0] === 'savepoints'
      ? '`savepoints restore` runs the job as it was submitted. A changed job is begun with `flinkts run --parallelism 2`.'
      : 'It shall run with 2: --parallelism 2.',
  )
}

interface Typed {
  readonly end: Command
  readonly begin: Command
  readonly said: string
}

async function totals(lab: Lab, id: string, { end, begin, said }: Typed): Promise<void> {
  const sum = async (): Promise<number> => {
    const [row] = await lab.query<{ trips: number }>('SELECT coalesce(sum(trips), 0)::int AS trips FROM stop_totals')
    return row!.trips
  }
  const counts = new Map<number, number>()
  const records = await lab.consume('rides-stop')
  for (const { value } of records) counts.set(value.PULocationID, (counts.get(value.PULocationID) ?? 0) + 1)
  await readUp(lab, id)
  const rows = await lab.query<{ zone: number; trips: number }>(
    'SELECT pulocationid AS zone, trips::int FROM stop_totals',
  )
  const wrong = rows.filter(({ zone, trips }) => trips !== counts.get(zone)).sort((a, b) => b.trips - a.trips)
  const [example] = wrong
  if (example === undefined && (await sum()) === ALL) {
    lab.note(
      `${ALL.toLocaleString('en-US')} trips in the totals, ${AWAY.toLocaleString('en-US')} of them written while no job was there.`,
    )
    lab.note(`The new run said: ${beginning(said)}`)
    return
  }
  const seen =
    example === undefined
      ? `the totals have ${await sum()} trips of ${ALL.toLocaleString('en-US')}`
      : `zone ${example.zone} has ${example.trips} trips, expected ${counts.get(example.zone)}`
  return lab.wrong(seen, reason({ end, begin, said }))
}

/** Until the new job has read all, and has taken a checkpoint after that: before it takes one, its sink writes. */
async function readUp(lab: Lab, id: string): Promise<void> {
  await lab.until('zone-totals at the end of its topic', async () => {
    const { topics } = await lab.rest<{ topics: Topic[] }>(`/flinkts/jobs/${id}/topics`)
    const partitions = topics.filter(({ role }) => role === 'source').flatMap((topic) => topic.partitions)
    return partitions.length > 0 && partitions.every(({ position, latestOffset }) => position === latestOffset)
  })
  const since = Date.now()
  await lab.until('a checkpoint of zone-totals', async () => {
    const { latest } = await lab.rest<{ latest: Latest }>(`/jobs/${id}/checkpoints`)
    return (latest.completed?.trigger_timestamp ?? 0) > since
  })
}

interface Topic {
  readonly role: string
  readonly partitions: readonly { readonly position?: number; readonly latestOffset?: number }[]
}

interface Latest {
  readonly completed?: { readonly trigger_timestamp: number } | null
}

function reason({ end, begin, said }: Typed): string {
  if (begin.includes('--fresh'))
    return '--fresh means: forget everything. The totals began at 0 again, and the source at the end of the topic.'
  if (begin.some((word) => word.startsWith('--from')))
    return '--from begins with fresh state: the totals began at 0 again. Offsets and totals belong together, and a savepoint has both.'
  if (said.includes('cancelled; starting fresh'))
    return `\`jobs ${end[1]}\` throws the state away: the new run began with totals of 0, and where a job without state begins, at the latest offset. So the first ${BEFORE.toLocaleString('en-US')} trips are forgotten, and the ${AWAY.toLocaleString('en-US')} that came while no job was there were never read. flinkts said it: "the last run was cancelled; starting fresh".`
  return `What the new run said when it began: ${beginning(said)}`
}
