// What binding a query needs besides the query: catalogue, settings, places in the text, tables of WITH.
import { FlinktsError } from '../../common/errors.ts'
import type { Node, QualifiedName } from '../ast/node.ts'
import type { QueryNode } from '../ast/query.ts'
import type { ExpressionOptions, ScopeColumn } from '../expressions/scope.ts'
import type { LogicalNode } from '../plan/logical-node.ts'
import type { ResolvedTable } from '../catalog/catalog-object.ts'
import type { RowType } from '../../types/logical-type.ts'

/** A view's query and the environment it was written in. */
export interface ViewDefinition {
  readonly query: QueryNode
  readonly type: RowType
  readonly environment: QueryEnvironment
}

export type TableLookup =
  | { readonly kind: 'table'; readonly path: readonly string[]; readonly table: ResolvedTable }
  | { readonly kind: 'view'; readonly path: readonly string[]; readonly view: ViewDefinition }

/** A hidden column is there for the planner: `*` does not show it. */
export type RelationColumn = ScopeColumn & { readonly hidden?: boolean | undefined }

/** A relation with the names it can be spoken of by; `columns[i]` is field i of the node. */
export interface BoundRelation {
  readonly node: LogicalNode
  readonly columns: readonly RelationColumn[]
}

export interface QueryEnvironment {
  /** Session settings under Flink's keys. */
  readonly configuration: Readonly<Record<string, string>>
  readonly options: ExpressionOptions
  /** Finds a table or view by its written name; undefined: there is none. */
  readonly lookUp: (name: QualifiedName) => TableLookup | undefined
  readonly tableNames: () => readonly string[]
  /** Tables of WITH in sight, each bound where it is used. */
  readonly commonTables: ReadonlyMap<string, () => BoundRelation>
  readonly warn: (message: string) => void
}

export function invalid(environment: QueryEnvironment, node: Node, message: string, fix?: string): FlinktsError {
  return new FlinktsError('SQL_VALIDATION', message, { location: environment.options.locate?.(node), fix })
}

/** Refuses what Flink has and flinkts has not: by name, at its place, with the nearest alternative. */
export function unsupported(environment: QueryEnvironment, node: Node, construct: string, fix: string): FlinktsError {
  return new FlinktsError('SQL_UNSUPPORTED', `${construct} is not supported yet.`, {
    location: environment.options.locate?.(node),
    fix,
  })
}
