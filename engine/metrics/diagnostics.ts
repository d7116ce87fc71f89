// What a subtask tells of itself when it is asked why nothing comes out. Plain data: crosses threads and stands in REST
// answers. Read between two elements, also while the subtask waits for input, a sink or credits; must stay cheap with
// millions of open windows, so lists are cut to DIAGNOSTIC_ENTRIES_MAX and carry their totals beside them.
// A watermark of Infinity is Flink's MAX_WATERMARK: the input has ended. JSON has no such number: REST answers tell it as Flink does, see docs/rest-api.md.

/** Longest list in one answer. */
export const DIAGNOSTIC_ENTRIES_MAX = 20

/** One split of a source (for Kafka a partition, id `<topic>-<partition>`). */
export interface SplitDiagnostics {
  readonly id: string
  /** Highest watermark that its records gave; undefined before the first. */
  readonly watermark: number | undefined
  /** When a record of it came last, or when it was assigned; ms since 1970. Undefined: the source makes no watermarks. */
  readonly lastActiveAt: number | undefined
  /** Marked idle: it holds nothing back. */
  readonly isIdle: boolean
  /** Next position to read, as the connector says it (Kafka: the offset). */
  readonly position?: string | undefined
  /** Records known to lie behind the position. */
  readonly pendingRecords?: number | undefined
}

export interface SourceDiagnostics {
  /** Stable id of the node in the graph, and its name. */
  readonly nodeId: string
  readonly name: string
  /** What it has emitted; undefined before the first. */
  readonly watermark: number | undefined
  readonly isIdle: boolean
  /** 0: splits never become idle. */
  readonly idleTimeoutMs: number
  /**
   * Without those that were read to their end. Those that hold the watermark back first (lowest first, before them those
   * without one), idle ones last, cut to DIAGNOSTIC_ENTRIES_MAX.
   */
  readonly splits: readonly SplitDiagnostics[]
  readonly splitCount: number
  /** What keeps it from reading at the moment, while that is borne: a broker that does not answer. Undefined: nothing. */
  readonly trouble?: string | undefined
}

/** One upstream subtask as this subtask's input gate sees it. */
export interface ChannelDiagnostics {
  readonly input: number
  readonly vertexId: string
  readonly subtaskIndex: number
  readonly watermark: number | undefined
  readonly isIdle: boolean
}

/** One window (or, for sessions, one window of one key) that has not been dropped yet. */
export interface OpenWindow {
  /** Local time of the window's zone, ms; as in window_start and window_end. */
  readonly start: number
  readonly end: number
  /** Keys with rows in it; 1 for sessions, but in `asked`, where it is the sessions that the point lies in. */
  readonly keys: number
  /** The watermark (ms since 1970) at which it fires, or fires the first time; for processing time the clock's. */
  readonly firesAt: number
  /** Has fired already and stays for late records. */
  readonly hasFired?: boolean | undefined
}

export interface WindowsDiagnostics {
  readonly time: 'event' | 'processing'
  /** tumble, hop, cumulate, session … with sizes, as in the plan. */
  readonly description: string
  /** Open windows, each key apart. */
  readonly openWindows: number
  /**
   * The counts of keys are rough: there is too much state to look up which of it belongs to the same keys. HOP and CUMULATE
   * count too few then, sessions too many.
   */
  readonly isEstimate?: boolean | undefined
  /** Earliest first, cut to DIAGNOSTIC_ENTRIES_MAX. */
  readonly windows: readonly OpenWindow[]
  /**
   * The one that was asked for by `window`: which begins there, else the first to fire that the point lies in. Undefined
   * where it is not open.
   */
  readonly asked?: OpenWindow | undefined
  /** The time up to which windows have fired, as `firesAt` counts. Undefined: none yet. */
  readonly firedUpTo: number | undefined
}

/** A row that came too late for all of its windows: of those dropped together the earliest. */
export interface LateRecord {
  /** ms since 1970: when it was dropped, its event time, and the watermark that had passed its windows. */
  readonly at: number
  readonly eventTime: number
  readonly watermark: number
  /** End of its last window, as firesAt counts. */
  readonly windowEnd: number
  /** Column names and values, for people. */
  readonly row: Readonly<Record<string, string>>
  /**
   * The row stands for what was aggregated before this operator, and is counted as one: `eventTime` is the last moment of
   * its slice or window, and behind a local phase `row` has the keys only.
   */
  readonly isAggregated?: boolean | undefined
}

export interface LateDiagnostics {
  readonly dropped: number
  /** watermark - eventTime, the largest so far, ms. */
  readonly latenessMsMax: number
  /** The last ten, newest first; of a flood of late rows a few of each second. */
  readonly examples: readonly LateRecord[]
}

/** An operator that makes watermarks behind the source: those that come to it do not count. */
export interface WatermarkAssignerDiagnostics {
  /** What it has emitted; undefined before the first. */
  readonly watermark: number | undefined
  readonly isIdle: boolean
  /** 0: it never becomes idle. */
  readonly idleTimeoutMs: number
  /** When a record came last, or when it started; ms since 1970. */
  readonly lastActiveAt: number
}

/** Timers of one kind that keys have registered. */
export interface TimersDiagnostics {
  readonly time: 'event' | 'processing'
  /** Each key apart. */
  readonly pending: number
  /** When the next one fires, ms since 1970: the watermark, or the clock. */
  readonly next: number
}

/** What an operator adds to its subtask's answer; an operator that has nothing to tell is left out. */
export interface OperatorFindings {
  readonly assigner?: WatermarkAssignerDiagnostics | undefined
  readonly windows?: WindowsDiagnostics | undefined
  readonly late?: LateDiagnostics | undefined
  /** Empty: it may have timers, and none is pending. */
  readonly timers?: readonly TimersDiagnostics[] | undefined
}

export interface OperatorDiagnostics extends OperatorFindings {
  readonly nodeId: string
  readonly name: string
}

/** A sink whose target owes an answer to rows that it was sent. */
export interface SinkDiagnostics {
  readonly nodeId: string
  readonly name: string
  readonly owedForMs: number
}

export interface SubtaskDiagnostics {
  readonly vertexId: string
  readonly subtaskIndex: number
  /** Since the subtask began, at this moment; what a source read counts as in, what a sink was handed as out. */
  readonly recordsIn: number
  readonly recordsOut: number
  /** Combined over its inputs; undefined before the first. */
  readonly watermark: number | undefined
  readonly isIdle: boolean
  readonly source: SourceDiagnostics | undefined
  /** Lowest watermark first, cut to DIAGNOSTIC_ENTRIES_MAX. */
  readonly channels: readonly ChannelDiagnostics[]
  readonly operators: readonly OperatorDiagnostics[]
  /** Also while it takes more rows: buffers hide a slow target for a while. Undefined: as empty. */
  readonly sinks?: readonly SinkDiagnostics[] | undefined
  /** A sink has rows that are not in its target yet, also where it waits for more before it sends them. */
  readonly hasUnwrittenRows?: boolean | undefined
  /**
   * What it cannot go on without at this moment: a sink that takes no rows, or credits of the next vertex. `sinceMs`: for
   * how long already.
   */
  readonly waitsFor:
    | { readonly kind: 'sink'; readonly nodeId: string; readonly name: string; readonly sinceMs: number }
    | { readonly kind: 'exchange'; readonly vertexId: string; readonly sinceMs: number }
    | undefined
}

/** What is asked beside the usual. */
export interface DiagnosticsRequest {
  /** A point inside the window or its start, local time of the window's zone, ms. */
  readonly window?: number | undefined
}
