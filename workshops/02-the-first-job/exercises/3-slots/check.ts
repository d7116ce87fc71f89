// Runs the job with parallelism 3, counts boxes, subtasks and slots by Flink's REST API, and compares the answers.
import { check, type Lab } from 'flinkts/workshop'

const PARALLELISM = 3

interface Vertex {
  readonly id: string
  readonly name: string
  readonly parallelism: number
}
interface TaskManager {
  readonly id: string
  readonly slotsNumber: number
  readonly allocatedSlots?: readonly { readonly jobId: string }[]
}

async function slotsOf(lab: Lab, jobId: string): Promise<{ taken: number; total: number; managers: number }> {
  const { taskmanagers } = await lab.rest<{ taskmanagers: readonly TaskManager[] }>('/taskmanagers')
  const details = await Promise.all(taskmanagers.map(({ id }) => lab.rest<TaskManager>(`/taskmanagers/${id}`)))
  const allocated = details.flatMap(({ allocatedSlots = [] }) => allocatedSlots)
  return {
    taken: allocated.filter((slot) => slot.jobId === jobId).length,
    total: taskmanagers.reduce((sum, { slotsNumber }) => sum + slotsNumber, 0),
    managers: taskmanagers.length,
  }
}

function explain(lab: Lab, vertices: readonly Vertex[]): void {
  const answers = lab.answers('answers.yaml')
  const subtasks = vertices.reduce((sum, { parallelism }) => sum + parallelism, 0)
  const { boxes, subtasks: told } = answers
  lab.equal(
    boxes,
    vertices.length,
    'boxes (vertices) of the job',
    boxes > vertices.length
      ? 'An operator is not a box. Operators that hand rows straight on are chained into one; a new box begins where rows ' +
          `must change the subtask, here at GROUP BY. The boxes are: ${vertices.map(({ name }) => name).join(' | ')}`
      : 'GROUP BY needs all rides of a zone in one place, so that rows change the subtask: there a second box begins.',
  )
  lab.equal(
    told,
    subtasks,
    'subtasks of all boxes together',
    told === PARALLELISM
      ? `Parallelism ${PARALLELISM} makes ${PARALLELISM} subtasks of each box, and there are ${vertices.length} boxes.`
      : `Each of the ${vertices.length} boxes runs as ${PARALLELISM} subtasks.`,
  )
}

export default check(async (lab) => {
  await lab.topic('slot-rides', { partitions: PARALLELISM })
  await lab.query(
    'DROP TABLE IF EXISTS zone_counts; CREATE TABLE zone_counts (pulocationid integer PRIMARY KEY, trips bigint NOT NULL)',
  )
  await lab.produce('slot-rides', { file: 'trips.csv', count: 1_000, key: 'PULocationID' })
  const answers = lab.answers('answers.yaml')
  for (const name of ['boxes', 'subtasks', 'slots', 'most'])
    if (typeof answers[name] !== 'number')
      lab.wrong(
        `answers.yaml has no number for ${name}`,
        'The topic slot-rides is filled now. Run the job and look at the tabs graph (2) and slots (3): ' +
          '`npx flinkts run 02-the-first-job/3-slots/job.sql --parallelism 3`',
      )
  const job = await lab.run('job.sql', { parallelism: PARALLELISM })
  await job.caughtUp()
  const { vertices } = await job.rest<{ vertices: readonly Vertex[] }>()
  const slots = await slotsOf(lab, job.id)
  await job.cancel()
  explain(lab, vertices)
  lab.equal(
    answers.slots,
    slots.taken,
    'slots that the job takes',
    answers.slots > slots.taken
      ? 'A slot is not for one subtask: it holds one subtask of each box. A job needs as many slots as its widest box has ' +
          'subtasks, however many boxes there are.'
      : 'Subtasks of the same box never share a slot: three subtasks of a box need three.',
  )
  lab.equal(
    answers.most,
    slots.total,
    'the largest parallelism of one job',
    `A job needs as many slots as its parallelism, and the session has ${slots.total}: ${slots.managers} TaskManagers with ` +
      `${slots.total / slots.managers} each. Other jobs take theirs away: \`npx flinkts status\` shows what runs.`,
  )
  lab.note(
    `${vertices.length} boxes × ${PARALLELISM} = ${answers.subtasks} subtasks in ${slots.taken} of ${slots.total} slots`,
  )
})
