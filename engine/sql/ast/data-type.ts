// Data types as written; engine/sql/catalog turns them into logical types.
import type { Identifier, IntervalQualifier, Node, QualifiedName } from './node.ts'

interface DataTypeBase extends Node {
  /** `NULL` or `NOT NULL` as written, `undefined` where neither was. */
  readonly nullable: boolean | undefined
}

/** The canonical name of a built-in type; aliases (INTEGER, DEC, NUMERIC, CHARACTER VARYING …) are resolved by the parser. */
export type SimpleDataTypeName =
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DECIMAL'
  | 'CHAR'
  | 'VARCHAR'
  | 'STRING'
  | 'BINARY'
  | 'VARBINARY'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'
  | 'TIMESTAMP_LTZ'
  | 'TIMESTAMP_TZ'
  | 'NULL'

/** `parameters`: length, or precision and scale, as far as written; any unsigned integer (ranges are checked later). */
export interface SimpleDataType extends DataTypeBase {
  readonly kind: 'SimpleDataType'
  readonly name: SimpleDataTypeName
  readonly parameters: readonly number[]
}

/** `ARRAY<INT>` and `INT ARRAY` give the same node. */
export interface CollectionDataType extends DataTypeBase {
  readonly kind: 'CollectionDataType'
  readonly name: 'ARRAY' | 'MULTISET'
  readonly element: DataTypeNode
}

export interface MapDataType extends DataTypeBase {
  readonly kind: 'MapDataType'
  readonly key: DataTypeNode
  readonly value: DataTypeNode
}

/** `ROW<a INT 'comment', …>` and `ROW(a INT, …)`. */
export interface RowDataType extends DataTypeBase {
  readonly kind: 'RowDataType'
  readonly fields: readonly RowDataTypeField[]
}

export interface RowDataTypeField extends Node {
  readonly kind: 'RowDataTypeField'
  readonly name: Identifier
  readonly type: DataTypeNode
  readonly comment: string | undefined
}

/** `INTERVAL DAY TO SECOND`: in CAST only. */
export interface IntervalDataType extends DataTypeBase {
  readonly kind: 'IntervalDataType'
  readonly qualifier: IntervalQualifier
}

/** `RAW('class', 'serializer')`: parsed, so that it can be refused by name. */
export interface RawDataType extends DataTypeBase {
  readonly kind: 'RawDataType'
  readonly className: string
  readonly serializer: string
}

/** Any other name: a user-defined type, or a misspelt one. */
export interface NamedDataType extends DataTypeBase {
  readonly kind: 'NamedDataType'
  readonly name: QualifiedName
}

export type DataTypeNode =
  SimpleDataType | CollectionDataType | MapDataType | RowDataType | IntervalDataType | RawDataType | NamedDataType
