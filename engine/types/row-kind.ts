// What a row says about a table: Flink's org.apache.flink.types.RowKind, with its byte values.

export const RowKind = { INSERT: 0, UPDATE_BEFORE: 1, UPDATE_AFTER: 2, DELETE: 3 } as const
export type RowKind = (typeof RowKind)[keyof typeof RowKind]

const SHORT_STRINGS = ['+I', '-U', '+U', '-D'] as const
export type RowKindString = (typeof SHORT_STRINGS)[number]

export function rowKindToString(kind: RowKind): RowKindString {
  return SHORT_STRINGS[kind]
}
