import { check, type Lab } from 'flinkts/workshop'

const TOPIC = 'log-groups'
const [BEFORE, AFTER] = [6000, 4000]
const TOTAL = BEFORE + AFTER
/** A command is started to ask; on a busy machine that takes its time. */
const COMMIT_LIMIT_MS = 60_000

interface Reader {
  readonly kind: string
  readonly name: string
  readonly lag: number
  readonly partitions: readonly { readonly partition: number; readonly offset: number }[]
}

const isTodo = (value: unknown): boolean => value === undefined || value === null || value === 'TODO'
const number = (value: number): string => value.toLocaleString('en-US')
const groupOf = (sql: string): string | undefined => /^\s*'properties\.group\.id'\s*=\s*'([^']*)'/m.exec(sql)?.[1]

/** The groups that have a bookmark in the topic, as `flinkts topics describe` tells of them. */
async function groups(lab: Lab): Promise<Reader[]> {
  const { code, stdout, stderr } = await lab.flinkts('topics', 'describe', TOPIC, '--json')
  if (code !== 0) lab.wrong(`topics describe ${TOPIC} failed: ${stderr.trim()}`, 'Look at `npx flinkts status`.')
  const { readers } = JSON.parse(stdout) as { readonly readers: readonly Reader[] }
  return readers.filter(({ kind }) => kind === 'group')
}

/** All groups, once this one has its bookmark there: it comes a moment after the checkpoint. */
async function untilAt(lab: Lab, group: string, offset: number): Promise<Reader[]> {
  const ask = async (): Promise<Reader[] | false> => {
    const found = await groups(lab)
    return found.some(({ name, partitions }) => name === group && partitions[0]?.offset === offset) && found
  }
  return lab.until(`group ${group} to commit offset ${offset} of ${TOPIC}`, ask, COMMIT_LIMIT_MS)
}

/** A job that the learner left running would write into what is made anew. */
async function endOwnJob(lab: Lab, name: string): Promise<void> {
  const jobs = await lab.rest<readonly { key: string; status: string }[]>('/flinkts/jobs')
  const runs = jobs.some(({ key, status }) => key === name && !/^(FINISHED|FAILED|CANCELED|SUSPENDED)$/.test(status))
  if (runs) await lab.flinkts('jobs', 'cancel', name)
}

export default check(async (lab: Lab) => {
  const answers = lab.answers('answers.yaml')
  const group = groupOf(lab.read('dashboard.sql'))
  if (group === undefined || group === '' || group === 'TODO')
    lab.wrong(
      `dashboard.sql names ${group === undefined ? 'no group' : `the group '${group}'`}`,
      "A job without 'properties.group.id' leaves no bookmark: it reads all the same, but nobody can see how far it is.",
    )
  for (const name of ['billing', 'dashboard']) await endOwnJob(lab, name)
  await lab.topic(TOPIC)
  await lab.produce(TOPIC, { file: lab.data('trips.csv'), count: BEFORE })
  const billingJob = await lab.run('billing.sql')
  await untilAt(lab, 'billing', BEFORE)
  await billingJob.cancel()
  await lab.produce(TOPIC, { file: lab.data('trips.csv'), skip: BEFORE })
  const dashboardJob = await lab.run('dashboard.sql')
  const lags = await untilAt(lab, group, TOTAL)
  await dashboardJob.cancel()

  const billing = lags.find(({ name }) => name === 'billing')!
  if (billing.lag !== AFTER)
    lab.wrong(
      `billing's lag is ${number(billing.lag)}, and yet billing has not seen the last ${number(AFTER)} rides`,
      `dashboard.sql commits its offsets under the name '${group}', too: one bookmark, two readers, and the last one to commit wins. Both jobs read everything; only the bookmark is wrong. Give the dashboard a group of its own.`,
    )
  const [partition] = await lab.offsets(TOPIC)
  const held = partition!.latest - partition!.earliest
  const expected = { records_in_topic: held, lag_of_billing: billing.lag, lag_of_dashboard: 0 }
  const because: Record<keyof typeof expected, string> = {
    records_in_topic:
      'Reading takes nothing away: the two jobs have read 16,000 records out of a topic that holds 10,000, and it holds them still.',
    lag_of_billing:
      'The lag is what lies between the bookmark (6,000) and the end of the log (10,000). Nobody but billing moves it.',
    lag_of_dashboard: 'The dashboard began at the earliest record and read up to the end: nothing is left for it.',
  }
  for (const name of ['records_in_topic', 'lag_of_billing', 'lag_of_dashboard'] as const) {
    const given: unknown = answers[name]
    if (isTodo(given))
      lab.wrong(
        `dashboard.sql is right now; answers.yaml says nothing about ${name}`,
        `The check has just done all the steps: \`npx flinkts topics describe ${TOPIC}\` shows where it ended.`,
      )
    if (given !== expected[name]) lab.wrong(`${name} is ${expected[name]}, you wrote ${String(given)}`, because[name])
  }
  lab.note(
    `${number(held)} records, two readers: ${lags.map(({ name, lag }) => `${name} lags by ${number(lag)}`).join(', ')}`,
  )
})
