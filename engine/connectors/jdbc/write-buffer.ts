// What the two ways of writing have in common: rows are taken at once, collected into pieces of work, and each piece is
// sent whole. The writer sends pieces one after the other and repeats one whose connection was lost.
import type { RecordBatch } from '../../types/record-batch.ts'
import type { PostgresConnection } from './postgres-connection.ts'

export interface WriteBuffer {
  readonly isFull: boolean
  /** Nothing written that has not been committed. */
  readonly isEmpty: boolean
  /** Rows that no piece of work holds yet. */
  readonly hasUnsealedRows: boolean
  /** How many pieces are to be sent, the one that is being sent included. The last may still grow until it is sealed. */
  readonly pieceCount: number
  /** How many of them wait for Postgres alone: nothing is added to them any more. */
  readonly sealedPieceCount: number
  /** How many have been committed and are gone. */
  readonly sentPieceCount: number
  write(batch: RecordBatch): void
  /** Makes a piece of work of everything written so far. */
  seal(): void
  /** Sends the first piece; when this resolves it is committed and gone, when it rejects it can be sent again. */
  sendFirst(connection: PostgresConnection): Promise<void>
}
