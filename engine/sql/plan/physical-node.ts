// The physical plan: what runs, with exchanges and changelog modes. One physical node becomes one node of the stream
// graph, but for exchanges, which become edges.
import type { SinkSpec, SourceSpec } from '../../connectors/connector.ts'
import type { Partitioning } from '../../graph/stream-graph.ts'
import type { OperatorSpec, WatermarkStrategySpec } from '../../operators/operator-spec.ts'
import type { RowType } from '../../types/logical-type.ts'
import type { ChangelogMode } from './changelog-mode.ts'

interface PhysicalNodeBase {
  /** Flink's word for it: `Calc`, `GroupAggregate`, … */
  readonly title: string
  /** What stands in parentheses behind the title in EXPLAIN. */
  readonly detail: string
  readonly type: RowType
  readonly changelog: ChangelogMode
}

export interface PhysicalSource extends PhysicalNodeBase {
  readonly kind: 'source'
  /** Of the table in the catalog. Undefined: constants. */
  readonly path: readonly string[] | undefined
  readonly source: SourceSpec
  readonly calc: { readonly code: string; readonly outputType: RowType; readonly description: string } | undefined
  readonly watermarks: WatermarkStrategySpec | undefined
  readonly parallelism: number | undefined
}

export interface PhysicalOperator extends PhysicalNodeBase {
  readonly kind: 'operator'
  readonly operator: OperatorSpec
  readonly inputs: readonly PhysicalNode[]
  /** What its state depends on: part of the operator's id, so that another query never reads it. Empty: no state. */
  readonly stateDigest: string
  /** Undefined: as its input. */
  readonly parallelism: number | undefined
}

export interface PhysicalExchange extends PhysicalNodeBase {
  readonly kind: 'exchange'
  readonly input: PhysicalNode
  readonly partitioning: Partitioning
}

export interface PhysicalSink extends PhysicalNodeBase {
  readonly kind: 'sink'
  readonly input: PhysicalNode
  readonly sink: SinkSpec
  readonly parallelism: number | undefined
}

export type PhysicalNode = PhysicalSource | PhysicalOperator | PhysicalExchange | PhysicalSink

export function physicalInputs(node: PhysicalNode): readonly PhysicalNode[] {
  switch (node.kind) {
    case 'source':
      return []
    case 'operator':
      return node.inputs
    case 'exchange':
    case 'sink':
      return [node.input]
  }
}
