// What a `datagen` table's definition hands to its runtime.

/** How the values of one column come about. Bounds of BIGINT columns are decimal text: they need 64 bits. */
export type FieldGenerator =
  | { readonly kind: 'sequence'; readonly start: string; readonly end: string }
  | {
      readonly kind: 'random'
      /** Inclusive; null: the bounds of the type. */
      readonly min: string | null
      readonly max: string | null
      /** Characters or bytes. */
      readonly length: number
      /** Lengths from 1 to `length`. */
      readonly varLen: boolean
      /** Timestamps lie up to this far in the past. */
      readonly maxPastMs: number
      /** Share of NULLs, 0 … 1. */
      readonly nullRate: number
    }

export interface DatagenSettings {
  readonly rowsPerSecond: number
  /** null: until the sequences end, or for ever. */
  readonly numberOfRows: number | null
  /** One per physical column. */
  readonly fields: readonly FieldGenerator[]
}
