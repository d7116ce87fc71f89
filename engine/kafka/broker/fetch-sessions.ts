// Incremental fetch sessions (KIP-227): a consumer names its partitions once, then only what changes; the broker answers
// only with partitions that have something to say.
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
  private readonly partitions = new Map<string, SessionPartition>()

  constructor(id: number) {
    this.id = id
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
const sessionsMax = 1000
const finalEpoch = -1
const initialEpoch = 0

export class FetchSessions {
  /** The least recently used first. */
  private readonly sessions = new Map<number, FetchSession>()
  private readonly randomInt31: () => number

  constructor(randomInt31: () => number) {
    this.randomInt31 = randomInt31
  }

  resolve(sessionId: number, epoch: number): FetchKind {
    if (epoch === initialEpoch || epoch === finalEpoch) {
      this.sessions.delete(sessionId)
      return { kind: epoch === finalEpoch ? 'sessionless' : 'new-session' }
    }
    const session = this.sessions.get(sessionId)
    if (session === undefined) return { kind: 'error', error: 'FETCH_SESSION_ID_NOT_FOUND' }
    if (session.nextEpoch !== epoch) return { kind: 'error', error: 'INVALID_FETCH_SESSION_EPOCH' }
    session.nextEpoch = epoch === 0x7fffffff ? 1 : epoch + 1
    this.sessions.delete(sessionId)
    this.sessions.set(sessionId, session)
    return { kind: 'incremental', session }
  }

  create(): FetchSession {
    let id = this.randomInt31()
    while (id === 0 || this.sessions.has(id)) id = this.randomInt31()
    const session = new FetchSession(id)
    this.sessions.set(id, session)
    if (this.sessions.size > sessionsMax)
      for (const oldest of this.sessions.keys()) {
        this.sessions.delete(oldest)
        break
      }
    return session
  }
}
