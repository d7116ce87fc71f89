// Topics that the job reads and writes: offsets of each partition, how far the job is behind, what comes in.
import { formatCount } from '../../output/quantities.ts'
import type { TopicPartitionView, TopicView } from '../../services/job-view/topics-view.ts'
import { line, span, wrapText, type ScreenLine } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'
import { screenTable, type Cell, type ScreenColumn } from '../screen-table.ts'

const COLUMNS: readonly ScreenColumn[] = [
  { name: '  partition', align: 'right' },
  { name: 'earliest', align: 'right' },
  { name: 'latest', align: 'right' },
  { name: 'job reads at', align: 'right' },
  { name: 'lag', align: 'right' },
  { name: 'records/s', align: 'right' },
]

function sum(
  partitions: readonly TopicPartitionView[],
  read: (each: TopicPartitionView) => number | undefined,
): number {
  return partitions.reduce((total, each) => total + (read(each) ?? 0), 0)
}

function count(value: number | undefined): string {
  return value === undefined ? '–' : String(value)
}

function rateText(rate: number | undefined): string {
  return rate === undefined ? '–' : formatCount(rate)
}

function topicLines(topic: TopicView, state: ScreenState): ScreenLine[] {
  const { name, role, partitions, problem, bootstrapServers } = topic
  const rateOf = ({ partition }: TopicPartitionView): number | undefined =>
    state.data.topicRates.get(`${name} ${partition}`)
  const isKnown = partitions.some((each) => rateOf(each) !== undefined)
  const rate = isKnown ? sum(partitions, rateOf) : undefined
  const lag = role === 'source' ? `  lag ${formatCount(sum(partitions, (each) => each.lag))}` : ''
  const head: ScreenLine = [
    span(name, 'bold'),
    span(`  ${role === 'source' ? 'read by the job' : 'written by the job'}`, 'heading'),
    span(
      `  ${partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`}  ${rateText(rate)} records/s${lag}  ${bootstrapServers}`,
    ),
  ]
  if (problem !== undefined)
    return [head, ...wrapText(`  ${problem}`, state.columns, 2).map((text) => line(text, 'bad'))]
  const rows = partitions.map((each): Cell[] => [
    String(each.partition),
    count(each.earliest),
    count(each.latest),
    role === 'source' ? count(each.position) : '',
    role === 'source' ? count(each.lag) : '',
    rateText(rateOf(each)),
  ])
  const table = screenTable(COLUMNS, rows, state.columns)
  return [head, table.header, ...table.rows, line('')]
}

export function topicsTab(state: ScreenState): TabContent {
  const view = state.data.topics
  if (view === undefined) return { header: [], lines: [line('asking Kafka …', 'dim')] }
  if (view.topics.length === 0) return { header: [], lines: [line('the job reads and writes no topics', 'dim')] }
  return { header: [], lines: view.topics.flatMap((topic) => topicLines(topic, state)) }
}
