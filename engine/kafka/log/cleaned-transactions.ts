// What the cleaner knows of transactions while it goes through a log from its beginning: which batches belong to aborted
// ones (their records can go) and which markers nothing needs any more. Pure; the rules are those of Kafka's
// CleanedTransactionMetadata.
import { isTransactional, lastOffsetOf, type RecordBatchHeader } from '../protocol/record-batch.ts'
import type { AbortedTransaction } from './transaction-index.ts'

export type AbortedTransactionRange = Pick<AbortedTransaction, 'producerId' | 'firstOffset' | 'lastOffset'>

export type MarkerType = 'commit' | 'abort'

interface OngoingAborted {
  readonly range: AbortedTransactionRange
  hasBatches: boolean
}

export class CleanedTransactions {
  /** Aborted transactions of which batches are left: readers must still be told of them. */
  readonly remaining: AbortedTransactionRange[] = []
  private readonly committedProducers = new Set<number>()
  private readonly aborted = new Map<number, OngoingAborted>()
  /** Not reached yet, in the order of their first offsets. */
  private ahead: AbortedTransactionRange[] = []

  /** Aborted transactions that reach into what comes next; those told before may be among them. */
  add(ranges: readonly AbortedTransactionRange[]): void {
    if (ranges.length === 0) return
    this.ahead = [...this.ahead, ...ranges].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** The next batch of records. True: its transaction was aborted, nobody may see its records. */
  onRecords(header: RecordBatchHeader): boolean {
    this.advanceTo(lastOffsetOf(header))
    if (!isTransactional(header)) return false
    const ongoing = this.aborted.get(header.producerId)
    if (ongoing === undefined) {
      this.committedProducers.add(header.producerId)
      return false
    }
    ongoing.hasBatches = true
    return true
  }

  /**
   * The next control batch; `type` is undefined for one that is no marker of a transaction. True: no batch of its
   * transaction is left, so that it can go once its delete horizon is over.
   */
  onMarker(header: RecordBatchHeader, type: MarkerType | undefined): boolean {
    this.advanceTo(lastOffsetOf(header))
    if (header.recordCount === 0) return true
    const { producerId } = header
    if (type === 'commit') return !this.committedProducers.delete(producerId)
    if (type === undefined) return false
    const ongoing = this.aborted.get(producerId)
    this.aborted.delete(producerId)
    if (ongoing?.hasBatches !== true) return true
    this.remaining.push(ongoing.range)
    return false
  }

  private advanceTo(offset: number): void {
    while (this.ahead.length > 0 && this.ahead[0]!.firstOffset <= offset) {
      const range = this.ahead.shift()!
      if (!this.aborted.has(range.producerId)) this.aborted.set(range.producerId, { range, hasBatches: false })
    }
  }
}
