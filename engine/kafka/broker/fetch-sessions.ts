// Incremental fetch sessions (KIP-227): a consumer names its partitions once, then only what changes; the broker answers
// only with partitions that have something to say.
import type { Clock } from '../../time/clock.ts'
import type { KafkaErrorName } from '../protocol/kafka-errors.ts'

export interface PartitionKey {
  /** Name and id as the request gave them: one of them is empty, as the version has it. */
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}

export interface FetchTarget extends PartitionKey {
  readonly fetchOffset: number
  readonly partitionMaxBytes: number
  readonly currentLeaderEpoch: number
  /** -1: the reader does not say of which epoch its last record is (KIP-595). */
  readonly lastFetchedEpoch: number
}

interface SessionPartition {
  target: FetchTarget
  /** What was answered last; -2: nothing yet. */
  highWatermark: number
  logStartOffset: number
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly hasRecords: boolean
}

export class FetchSession {
  readonly id: number
  nextEpoch = 1
  /** Monotonic time. */
  lastUsedMs: number
  private readonly partitions = new Map<string, SessionPartition>()

  constructor(id: number, nowMs: number) {
    this.id = id
    this.lastUsedMs = nowMs
  }

  get size(): number {
    return this.partitions.size
  }

  get targets(): FetchTarget[] {
    return [...this.partitions.values()].map((partition) => partition.target)
  }

  update(changed: readonly FetchTarget[], forgotten: readonly PartitionKey[]): void {
    for (const key of forgotten) this.partitions.delete(targetKey(key))
    for (const target of changed) {
      const key = targetKey(target)
      const known = this.partitions.get(key)
      if (known === undefined) this.partitions.set(key, { target, highWatermark: -2, logStartOffset: -2 })
      else known.target = target
    }
  }

  /** Must this answer be sent? One with records sends its partition to the end of the row: others come first next time. */
  isNews(target: FetchTarget, answer: FetchAnswer): boolean {
    const key = targetKey(target)
    const known = this.partitions.get(key)
    if (known === undefined) return true
    const isChanged = answer.highWatermark !== known.highWatermark || answer.logStartOffset !== known.logStartOffset
    known.highWatermark = answer.highWatermark
    known.logStartOffset = answer.logStartOffset
    if (answer.hasRecords) {
      this.partitions.delete(key)
      this.partitions.set(key, known)
    }
    return answer.hasRecords || answer.errorCode !== 0 || isChanged
  }
}

function targetKey(target: PartitionKey): string {
  return `${target.topic} ${target.topicId} ${target.partition}`
}

/** How a request relates to sessions, by its session id and epoch. */
export type FetchKind =
  | { readonly kind: 'sessionless' }
  | { readonly kind: 'new-session' }
  | { readonly kind: 'incremental'; readonly session: FetchSession }
  | { readonly kind: 'error'; readonly error: KafkaErrorName }

/** Kafka's max.incremental.fetch.session.cache.slots */
const sessionsMaxDefault = 1000
/** Of all sessions together, each some hundred bytes. */
const partitionsMaxDefault = 200_000
/** Kafka's: a session that was used since keeps its place. */
const evictionMs = 120_000
const finalEpoch = -1
const initialEpoch = 0

export interface FetchSessionsOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly randomInt31: () => number
  readonly sessionsMax?: number
  readonly partitionsMax?: number
}

export class FetchSessions {
  /** The least recently used first. */
  private readonly sessions = new Map<number, FetchSession>()
  private readonly options: Required<FetchSessionsOptions>
  private partitionCount = 0

  constructor(options: FetchSessionsOptions) {
    this.options = { sessionsMax: sessionsMaxDefault, partitionsMax: partitionsMaxDefault, ...options }
  }

  resolve(sessionId: number, epoch: number): FetchKind {
    if (epoch === initialEpoch || epoch === finalEpoch) {
      this.remove(sessionId)
      return { kind: epoch === finalEpoch ? 'sessionless' : 'new-session' }
    }
    const session = this.sessions.get(sessionId)
    if (session === undefined) return { kind: 'error', error: 'FETCH_SESSION_ID_NOT_FOUND' }
    if (session.nextEpoch !== epoch) return { kind: 'error', error: 'INVALID_FETCH_SESSION_EPOCH' }
    session.nextEpoch = epoch === 0x7fffffff ? 1 : epoch + 1
    session.lastUsedMs = this.options.clock.monotonicMs()
    this.sessions.delete(sessionId)
    this.sessions.set(sessionId, session)
    return { kind: 'incremental', session }
  }

  /** Undefined where there is no room: all sessions are in use. Clients go on without one then. */
  create(targets: readonly FetchTarget[]): FetchSession | undefined {
    const { clock, randomInt31, sessionsMax, partitionsMax } = this.options
    const nowMs = clock.monotonicMs()
    for (const oldest of this.sessions.values()) {
      const hasRoom = this.sessions.size < sessionsMax && this.partitionCount + targets.length <= partitionsMax
      if (hasRoom || nowMs - oldest.lastUsedMs < evictionMs) break
      this.remove(oldest.id)
    }
    if (this.sessions.size >= sessionsMax || this.partitionCount + targets.length > partitionsMax) return undefined
    let id = randomInt31()
    while (id === 0 || this.sessions.has(id)) id = randomInt31()
    const session = new FetchSession(id, nowMs)
    session.update(targets, [])
    this.sessions.set(id, session)
    this.partitionCount += session.size
    return session
  }

  /** Says false where there is no room for so many partitions: the session is gone then. */
  update(session: FetchSession, changed: readonly FetchTarget[], forgotten: readonly PartitionKey[]): boolean {
    const sizeBefore = session.size
    session.update(changed, forgotten)
    this.partitionCount += session.size - sizeBefore
    if (session.size <= sizeBefore || this.partitionCount <= this.options.partitionsMax) return true
    this.remove(session.id)
    return false
  }

  private remove(id: number): void {
    this.partitionCount -= this.sessions.get(id)?.size ?? 0
    this.sessions.delete(id)
  }
}
