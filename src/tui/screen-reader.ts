// Asks the session for what the screen shows: the job always, of the tabs only the visible one.
import { readCheckpointParts, readCheckpoints } from '../services/job-view/checkpoints-view.ts'
import { readDiagnostics } from '../services/job-view/diagnostics-view.ts'
import { readExceptions } from '../services/job-view/exceptions-view.ts'
import { readFindings } from '../services/job-view/findings-view.ts'
import { readJobView, type JobView } from '../services/job-view/job-view.ts'
import { readJobLog, readSessionLog } from '../services/job-view/logs-view.ts'
import { readSlots } from '../services/job-view/slots-view.ts'
import { readJobTopics, type TopicsView } from '../services/job-view/topics-view.ts'
import type { ScreenData, ScreenState } from './screen-state.ts'
import { jobRates } from './tabs/job-figures.ts'
import { SUBTASKS_FROM_COLUMNS } from './tabs/overview.ts'

/** Rates that Flink's API does not have are taken over so long. */
const RATE_MS = 2_000
/** What costs the session or Kafka more is asked for less often. */
const SLOW_MS = 2_000
const THROUGHPUT_VALUES = 240

export interface ScreenReaderOptions {
  readonly address: string
  readonly jobId: string
  /** ms, of a clock that only goes on. */
  readonly monotonicMs: () => number
}

export class ScreenReader {
  readonly #options: ScreenReaderOptions
  #earlier: readonly JobView[] = []
  #throughput: readonly number[] = []
  #topicsBefore: TopicsView | undefined
  readonly #askedAt = new Map<string, number>()

  constructor(options: ScreenReaderOptions) {
    this.#options = options
  }

  /** What is new. Throws what reading the job throws; what goes wrong with a tab is said in `problem`. */
  async read(state: ScreenState): Promise<Partial<ScreenData>> {
    const { address, jobId } = this.#options
    const subtasks = state.tab === 'overview' && state.columns >= SUBTASKS_FROM_COLUMNS
    const [job, findings, tab] = await Promise.all([
      readJobView(address, jobId, { subtasks, earlier: this.#earlier[0] }),
      // an older session, or a job that has just gone, has none to tell
      this.#isDue('findings') || state.pane === 'why' ? readFindings(address, jobId).catch(() => []) : undefined,
      this.#readTab(state).catch((error: Error) => ({ problem: error.message })),
    ])
    this.#remember(job)
    return { job, throughput: this.#throughput, ...(findings === undefined ? {} : { findings }), ...tab }
  }

  /** The visible tab is another one: what it shows is asked for at once. */
  hurry(): void {
    this.#askedAt.clear()
  }

  #remember(job: JobView): void {
    this.#throughput = [...this.#throughput, jobRates(job).in].slice(-THROUGHPUT_VALUES)
    const recent = this.#earlier.filter(({ now }) => now > job.now - RATE_MS)
    this.#earlier = [...recent, job]
  }

  #isDue(what: string): boolean {
    const now = this.#options.monotonicMs()
    const before = this.#askedAt.get(what)
    if (before !== undefined && now - before < SLOW_MS) return false
    this.#askedAt.set(what, now)
    return true
  }

  async #readTab(state: ScreenState): Promise<Partial<ScreenData>> {
    const { address, jobId } = this.#options
    const vertexIds = state.data.job?.vertices.map(({ id }) => id) ?? []
    switch (state.tab) {
      case 'slots':
        return { slots: await readSlots(address, jobId, vertexIds), problem: undefined }
      case 'checkpoints':
        return { ...(await this.#readCheckpoints(state, vertexIds)), problem: undefined }
      case 'watermarks':
        return { diagnostics: await readDiagnostics(address, jobId), problem: undefined }
      case 'topics':
        return this.#isDue('topics') ? { ...(await this.#readTopics(state)), problem: undefined } : {}
      case 'logs':
        return { ...(await this.#readLog(state)), problem: undefined }
      case 'exceptions':
        return { exceptions: await readExceptions(address, jobId), problem: undefined }
      default:
        return { problem: undefined }
    }
  }

  async #readCheckpoints(state: ScreenState, vertexIds: readonly string[]): Promise<Partial<ScreenData>> {
    const { address, jobId } = this.#options
    const id = state.openCheckpoint
    const [checkpoints, parts] = await Promise.all([
      readCheckpoints(address, jobId),
      id === undefined ? [] : readCheckpointParts(address, jobId, { id, vertexIds }),
    ])
    return { checkpoints, parts: id === undefined ? undefined : { id, parts } }
  }

  async #readTopics(state: ScreenState): Promise<Partial<ScreenData>> {
    const topics = await readJobTopics(this.#options.address, this.#options.jobId)
    const before = this.#topicsBefore
    this.#topicsBefore = topics
    const seconds = (topics.at - (before?.at ?? topics.at)) / 1000
    if (before === undefined || seconds <= 0) return { topics, topicRates: state.data.topicRates }
    const earlier = new Map<string, number | undefined>(
      before.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partition, latest }) => [`${name} ${partition}`, latest] as const),
      ),
    )
    const rates = topics.topics.flatMap(({ name, partitions }) =>
      partitions.flatMap(({ partition, latest }) => {
        const key = `${name} ${partition}`
        const from = earlier.get(key)
        return from === undefined || latest === undefined ? [] : [[key, Math.max(0, latest - from) / seconds] as const]
      }),
    )
    return { topics, topicRates: new Map(rates) }
  }

  async #readLog({ logSource }: ScreenState): Promise<Partial<ScreenData>> {
    const { address, jobId } = this.#options
    if (logSource === 'job') return { log: await readJobLog(address, jobId) }
    return logSource === 'session' ? { log: await readSessionLog(address) } : {}
  }
}
