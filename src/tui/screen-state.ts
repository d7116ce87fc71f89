// All that the screen shows, as plain data: what was read of the job, and where the user is.
import type { CheckpointPart, CheckpointsView } from '../services/job-view/checkpoints-view.ts'
import type { DiagnosticsView } from '../services/job-view/diagnostics-view.ts'
import type { ExceptionsView } from '../services/job-view/exceptions-view.ts'
import type { FindingView } from '../services/job-view/findings-view.ts'
import type { JobView } from '../services/job-view/job-view.ts'
import type { SlotsView } from '../services/job-view/slots-view.ts'
import type { TopicsView, TopicView } from '../services/job-view/topics-view.ts'
import type { ScreenLine } from './screen-line.ts'

export const TABS = ['overview', 'graph', 'slots', 'checkpoints', 'watermarks', 'topics', 'logs', 'exceptions'] as const
export type Tab = (typeof TABS)[number]

/** `output`: what the command itself has been told, with rows of a SELECT. */
export const LOG_SOURCES = ['output', 'job', 'session'] as const
export type LogSource = (typeof LOG_SOURCES)[number]

/** What has been read so far; undefined: not yet. */
export interface ScreenData {
  readonly job: JobView | undefined
  /** Records per second that the sources read, newest last. */
  readonly throughput: readonly number[]
  readonly findings: readonly FindingView[]
  readonly slots: SlotsView | undefined
  readonly checkpoints: CheckpointsView | undefined
  /** Of the one checkpoint that is opened. */
  readonly parts: { readonly id: number; readonly parts: readonly CheckpointPart[] } | undefined
  readonly diagnostics: DiagnosticsView | undefined
  readonly topics: TopicsView | undefined
  /** Records per second that come to `topic partition`. */
  readonly topicRates: ReadonlyMap<string, number>
  readonly log: readonly string[]
  readonly exceptions: ExceptionsView | undefined
  /** Why the visible tab could not be read. */
  readonly problem: string | undefined
}

/** Two clusters may have topics of the same name. */
export type ReplayTopic = Pick<TopicView, 'name' | 'bootstrapServers'>

export type Prompt =
  | { readonly kind: 'cancel' }
  | { readonly kind: 'filter'; readonly text: string }
  | {
      readonly kind: 'replay'
      readonly topics: readonly ReplayTopic[]
      readonly chosen: number
      readonly text: string
      readonly problem?: string | undefined
    }
  | { readonly kind: 'confirm-replay'; readonly topic: ReplayTopic; readonly from: string; readonly speed: string }

export interface ScreenState {
  readonly data: ScreenData
  readonly tab: Tab
  /** In place of the tab. */
  readonly pane: 'why' | 'help' | undefined
  /** Lines that the user has scrolled, down from the first one, in logs up from the last one. */
  readonly scroll: number
  /** The id of a checkpoint; undefined: the newest. */
  readonly selectedCheckpoint: number | undefined
  readonly openCheckpoint: number | undefined
  readonly logSource: LogSource
  readonly filter: string
  readonly prompt: Prompt | undefined
  /** What the screen waits for, where there is no job yet; or what was done last, or went wrong. */
  readonly notice: string
  /** Somebody else runs the job: leaving does not end it. */
  readonly isWatched: boolean
  /** A replay that was begun here goes on. */
  readonly isReplaying: boolean
  readonly columns: number
  readonly rows: number
}

/** What a tab gives; the frame shows as much of it as there is room. */
export interface TabContent {
  /** Stays where the lines below are scrolled. */
  readonly header: readonly ScreenLine[]
  readonly lines: readonly ScreenLine[]
  /** The last lines are shown first. */
  readonly fromEnd?: boolean
  /** A line that must be seen. */
  readonly focus?: number | undefined
}

export const NO_DATA: ScreenData = {
  job: undefined,
  throughput: [],
  findings: [],
  slots: undefined,
  checkpoints: undefined,
  parts: undefined,
  diagnostics: undefined,
  topics: undefined,
  topicRates: new Map(),
  log: [],
  exceptions: undefined,
  problem: undefined,
}

export function initialState(options: Pick<ScreenState, 'isWatched' | 'columns' | 'rows'>): ScreenState {
  return {
    ...options,
    data: NO_DATA,
    tab: 'overview',
    pane: undefined,
    scroll: 0,
    selectedCheckpoint: undefined,
    openCheckpoint: undefined,
    logSource: options.isWatched ? 'job' : 'output',
    filter: '',
    prompt: undefined,
    notice: 'waiting for the job …',
    isReplaying: false,
  }
}
