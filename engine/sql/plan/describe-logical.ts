// The logical plan as Flink's "Abstract Syntax Tree" shows it: Calcite's relational operators, columns as $0, $1 …
import type { AggregateCallSpec } from '../../operators/operator-spec.ts'
import { typeToString, type LogicalType, type RowType } from '../../types/logical-type.ts'
import type { Expression } from '../expressions/expression.ts'
import { expressionToString } from '../expressions/expression-to-string.ts'
import { replaceExpressions } from '../expressions/expression.ts'
import { describeWindow } from './describe-node.ts'
import { inputsOf, visit, type LogicalNode, type SortNode } from './logical-node.ts'

function byIndex(expression: Expression): string {
  return expressionToString(
    replaceExpressions(expression, (each) =>
      each.kind === 'column' ? { ...each, name: `$${each.index}` } : undefined,
    ),
  )
}

function typeText(type: LogicalType): string {
  const attribute =
    'timeAttribute' in type && type.timeAttribute !== undefined ? ` *${type.timeAttribute.toUpperCase()}*` : ''
  return typeToString({ ...type, nullable: true }) + attribute
}

function rowText(type: RowType): string {
  return `RecordType(${type.fields.map((field) => `${typeText(field.type)} ${field.name}`).join(', ')})`
}

function callText(call: AggregateCallSpec): string {
  const filter = call.filter === undefined ? '' : ` FILTER $${call.filter}`
  const operands = call.arguments.map((column) => `$${column}`).join(', ')
  return `${call.name}=[${call.function}(${call.distinct ? 'DISTINCT ' : ''}${operands})${filter}]`
}

function projection(expressions: readonly Expression[], type: RowType): string {
  return expressions.map((expression, index) => `${type.fields[index]!.name}=[${byIndex(expression)}]`).join(', ')
}

function sortText({ orderBy, offset, limit }: SortNode): string {
  const keys = orderBy.map(
    (key, index) => `sort${index}=[${byIndex(key.expression)}], dir${index}=[${key.descending ? 'DESC' : 'ASC'}]`,
  )
  return [
    ...keys,
    ...(offset === 0 ? [] : [`offset=[${offset}]`]),
    ...(limit === undefined ? [] : [`fetch=[${limit}]`]),
  ].join(', ')
}

function describe(node: LogicalNode): string {
  return visit<string>(node, {
    scan: ({ path }) => `LogicalTableScan(table=[[${path.join(', ')}]])`,
    'table-source': ({ path }) => `LogicalTableScan(table=[[${path.join(', ')}]])`,
    values: ({ rows, type }) => `LogicalValues(rows=[${rows.length}], type=[${rowText(type)}])`,
    project: ({ expressions, type }) => `LogicalProject(${projection(expressions, type)})`,
    calc: ({ expressions, type, condition }) =>
      `LogicalCalc(${projection(expressions, type)}${condition === undefined ? '' : `, condition=[${byIndex(condition)}]`})`,
    filter: ({ condition }) => `LogicalFilter(condition=[${byIndex(condition)}])`,
    'watermark-assigner': ({ rowtime, watermark, type }) =>
      `LogicalWatermarkAssigner(rowtime=[${type.fields[rowtime]!.name}], watermark=[${byIndex(watermark)}])`,
    'window-function': ({ window, input, type }) =>
      `LogicalTableFunctionScan(${describeWindow(window, input.type)}, rowType=[${rowText(type)}])`,
    aggregate: ({ keys, aggregates }) =>
      `LogicalAggregate(${[`group=[{${keys.join(', ')}}]`, ...aggregates.map(callText)].join(', ')})`,
    'window-aggregate': ({ window, keys, aggregates, input }) =>
      `LogicalWindowAggregate(${[`group=[{${keys.join(', ')}}]`, describeWindow(window, input.type), ...aggregates.map(callText)].join(', ')})`,
    expand: ({ projections }) =>
      `LogicalExpand(projects=[${projections.map((each) => `{${each.map(byIndex).join(', ')}}`).join(', ')}])`,
    union: () => 'LogicalUnion(all=[true])',
    sort: (each) => `LogicalSort(${sortText(each)})`,
    sink: ({ target, type }) => {
      const table = target.kind === 'collect' ? '*collect*' : target.path.join('.')
      return `LogicalSink(table=[${table}], fields=[${type.fields.map((field) => field.name).join(', ')}])`
    },
  })
}

/** A tree as indented lines, Flink's way. */
export function treeText<T>(
  node: T,
  describeNode: (node: T) => string,
  inputs: (node: T) => readonly T[],
  indent = '',
): string {
  const children = inputs(node).map((input, index, all) => {
    const isLast = index === all.length - 1
    const text = treeText(input, describeNode, inputs, `${indent}${isLast ? '   ' : ':  '}`)
    return `\n${indent}${isLast ? '+- ' : ':- '}${text}`
  })
  return describeNode(node) + children.join('')
}

/** A SELECT's sink is not shown, as in Flink. */
export function logicalPlanText(root: LogicalNode): string {
  const shown = root.kind === 'sink' && root.target.kind === 'collect' ? root.input : root
  return treeText(shown, describe, inputsOf)
}
