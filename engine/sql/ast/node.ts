// What every node of the syntax tree has, and the leaves that all kinds of nodes share.
//
// Nodes are plain frozen data: a `kind`, the `span` of text they came from, and their parts. Keywords are upper case,
// identifiers are as written (Flink's identifiers are case-sensitive). Parts that were not written are `undefined`,
// lists are empty. The parser decides syntax only: names, types and clause rules are checked later, so that a tree may
// say things that planning refuses.

/** A half-open range of UTF-16 offsets, [start, end), in the text of one statement. */
export interface SourceSpan {
  readonly start: number
  readonly end: number
}

export interface Node {
  readonly kind: string
  readonly span: SourceSpan
}

export interface Identifier extends Node {
  readonly kind: 'Identifier'
  readonly name: string
}

/** `table`, `database.table` or `catalog.database.table`; at least one part. */
export interface QualifiedName extends Node {
  readonly kind: 'QualifiedName'
  readonly parts: readonly Identifier[]
}

export const timeUnits = [
  'NANOSECOND',
  'MICROSECOND',
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'DOW',
  'ISODOW',
  'DOY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'ISOYEAR',
  'DECADE',
  'CENTURY',
  'MILLENNIUM',
  'EPOCH',
] as const
/** The units of EXTRACT, FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF; plurals are read as their singular. */
export type TimeUnit = (typeof timeUnits)[number]

export type IntervalUnit = 'YEAR' | 'QUARTER' | 'MONTH' | 'WEEK' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND'

/** `DAY(3) TO SECOND(2)`. `precision` is of the leading field (SQL's default 2), `fractionalPrecision` of seconds (default 6). */
export interface IntervalQualifier extends Node {
  readonly kind: 'IntervalQualifier'
  readonly from: IntervalUnit
  readonly to: IntervalUnit | undefined
  readonly precision: number | undefined
  readonly fractionalPrecision: number | undefined
}
