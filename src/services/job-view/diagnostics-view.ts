// What subtasks tell of their splits and windows: GET /flinkts/jobs/:job/diagnostics.
import { callRest } from '../rest-client.ts'
import { numberOf, objectOf, objectsOf, textOf, watermarkOf, type RestAnswer } from './rest-answer.ts'

export interface SplitView {
  readonly id: string
  readonly source: string
  readonly subtask: number
  readonly watermark: number | undefined
  readonly lastActiveAt: number | undefined
  readonly isIdle: boolean
  /** 0: its splits never become idle. */
  readonly idleTimeoutMs: number
  readonly position: string | undefined
  readonly pendingRecords: number | undefined
}

export interface OpenWindowsView {
  readonly vertexId: string
  readonly operator: string
  readonly subtask: number
  readonly time: string
  readonly description: string
  readonly openWindows: number
  readonly firedUpTo: number | undefined
  readonly windows: readonly {
    readonly start: number
    readonly end: number
    readonly keys: number
    readonly firesAt: number
    readonly hasFired: boolean
  }[]
}

export interface DiagnosticsView {
  readonly splits: readonly SplitView[]
  /** More of them than the session tells of. */
  readonly splitCount: number
  readonly subtasks: readonly {
    readonly vertexId: string
    readonly subtask: number
    readonly watermark: number | undefined
    readonly isIdle: boolean
  }[]
  readonly windows: readonly OpenWindowsView[]
}

function splitsOf(subtask: RestAnswer): SplitView[] {
  const source = objectOf(subtask['source'])
  return objectsOf(source['splits']).map((split) => ({
    id: textOf(split['id']) ?? '?',
    source: textOf(source['name']) ?? '?',
    subtask: numberOf(subtask['subtaskIndex']) ?? 0,
    watermark: watermarkOf(split['watermark']),
    lastActiveAt: numberOf(split['lastActiveAt']),
    isIdle: split['isIdle'] === true,
    idleTimeoutMs: numberOf(source['idleTimeoutMs']) ?? 0,
    position: textOf(split['position']),
    pendingRecords: numberOf(split['pendingRecords']),
  }))
}

function windowsOf(subtask: RestAnswer): OpenWindowsView[] {
  return objectsOf(subtask['operators']).flatMap((operator) => {
    if (operator['windows'] === undefined) return []
    const windows = objectOf(operator['windows'])
    return [
      {
        vertexId: String(subtask['vertexId']),
        operator: textOf(operator['name']) ?? '?',
        subtask: numberOf(subtask['subtaskIndex']) ?? 0,
        time: textOf(windows['time']) ?? 'event',
        description: textOf(windows['description']) ?? '',
        openWindows: numberOf(windows['openWindows']) ?? 0,
        firedUpTo: watermarkOf(windows['firedUpTo']),
        windows: objectsOf(windows['windows']).map((window) => ({
          start: numberOf(window['start']) ?? 0,
          end: numberOf(window['end']) ?? 0,
          keys: numberOf(window['keys']) ?? 0,
          firesAt: numberOf(window['firesAt']) ?? 0,
          hasFired: window['hasFired'] === true,
        })),
      },
    ]
  })
}

export async function readDiagnostics(address: string, jobId: string): Promise<DiagnosticsView> {
  const answer = await callRest<RestAnswer>(address, { path: `/flinkts/jobs/${jobId}/diagnostics` })
  const subtasks = objectsOf(answer['subtasks'])
  return {
    splits: subtasks.flatMap(splitsOf),
    splitCount: subtasks.reduce((sum, subtask) => sum + (numberOf(objectOf(subtask['source'])['splitCount']) ?? 0), 0),
    subtasks: subtasks.map((subtask) => ({
      vertexId: String(subtask['vertexId']),
      subtask: numberOf(subtask['subtaskIndex']) ?? 0,
      watermark: watermarkOf(subtask['watermark']),
      isIdle: subtask['isIdle'] === true,
    })),
    windows: subtasks.flatMap(windowsOf),
  }
}
