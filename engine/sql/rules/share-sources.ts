// Sinks of one statement set that read the same table share one source: it reads what any of them needs. Source: Flink's
// ScanReuser (`table.optimizer.reuse-source-enabled`).
import { column, expressionKey, type Expression } from '../expressions/expression.ts'
import { calc, tableSource } from '../plan/build-node.ts'
import { inlineColumns, moveColumns } from '../plan/expression-columns.ts'
import { inputsOf, rewrite, type LogicalNode, type TableSourceNode } from '../plan/logical-node.ts'
import type { Rule } from './rule.ts'

function sourcesOf(node: LogicalNode): TableSourceNode[] {
  if (node.kind === 'table-source') return [node]
  return inputsOf(node).flatMap(sourcesOf)
}

/** Sources of one key read the same table with the same options and the same watermark. */
function sourceKey(node: TableSourceNode): string {
  const watermark = node.watermark && [
    node.watermark.options,
    expressionKey(inlineColumns(node.watermark.expression, overTable(node))),
  ]
  return JSON.stringify([node.path, node.table.options, watermark])
}

/** The node's expressions over all of the table's source columns, so that they compare across projections. */
function overTable(node: TableSourceNode): Expression[] {
  return node.expressions.map((expression) => moveColumns(expression, (index) => node.columns[index]!))
}

interface Shared {
  readonly node: TableSourceNode
  readonly indexes: ReadonlyMap<string, number>
}

function share(sources: readonly TableSourceNode[]): Shared {
  const [first] = sources
  const columns = [...new Set(sources.flatMap((source) => source.columns))].sort((left, right) => left - right)
  const indexes = new Map<string, number>()
  const expressions: Expression[] = []
  const names: string[] = []
  for (const source of sources) {
    overTable(source).forEach((expression, index) => {
      const key = expressionKey(expression)
      if (indexes.has(key)) return
      indexes.set(key, expressions.length)
      expressions.push(moveColumns(expression, (each) => columns.indexOf(each)))
      names.push(source.type.fields[index]!.name)
    })
  }
  const firstKeys = overTable(first!).map(expressionKey)
  const place = (index: number): number => indexes.get(firstKeys[index]!)!
  const watermark = first!.watermark && {
    ...first!.watermark,
    rowtime: place(first!.watermark.rowtime),
    expression: moveColumns(first!.watermark.expression, place),
  }
  return { node: tableSource({ ...first!, columns }, expressions, names, watermark), indexes }
}

function readShared(node: TableSourceNode, shared: Shared): LogicalNode {
  const expressions = overTable(node).map((expression, index) => {
    const at = shared.indexes.get(expressionKey(expression))!
    return column(at, node.type.fields[index]!.name, node.type.fields[index]!.type)
  })
  return calc(
    shared.node,
    expressions,
    node.type.fields.map((field) => field.name),
    undefined,
  )
}

export const shareSources: Rule = {
  name: 'share-sources',
  apply: (roots) => {
    const groups = new Map<string, TableSourceNode[]>()
    for (const source of roots.flatMap(sourcesOf)) {
      const key = sourceKey(source)
      groups.set(key, [...(groups.get(key) ?? []), source])
    }
    const shared = new Map([...groups].map(([key, sources]) => [key, share(sources)]))
    return roots.map((root) =>
      rewrite(root, (node) => (node.kind === 'table-source' ? readShared(node, shared.get(sourceKey(node))!) : node)),
    )
  },
}
