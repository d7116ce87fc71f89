// ORDER BY and LIMIT: bounded sorting in batch mode, the first rows in streaming mode.
import { check } from '../../common/check.ts'
import { FlinktsError } from '../../common/errors.ts'
import type { SortKeySpec } from '../../operators/operator-spec.ts'
import { expressionToString } from '../expressions/expression-to-string.ts'
import type { SortExpression } from '../expressions/expression.ts'
import { isInsertOnly, modifyKindsOf } from './changelog-mode.ts'
import type { SortNode } from './logical-node.ts'
import { everyChange, exchange, physicalOperator, type PhysicalContext } from './physical-context.ts'
import type { PhysicalNode } from './physical-node.ts'

function sortKey({ expression, descending, nullsFirst }: SortExpression): SortKeySpec {
  check(expression.kind === 'column', 'sort keys are columns')
  return { column: expression.index, descending, nullsFirst }
}

function detailOf(node: SortNode): string {
  const keys = node.orderBy.map((key) => `${expressionToString(key.expression)} ${key.descending ? 'DESC' : 'ASC'}`)
  const parts = [
    ...(keys.length === 0 ? [] : [`orderBy=[${keys.join(', ')}]`]),
    ...(node.offset === 0 ? [] : [`offset=[${node.offset}]`]),
    ...(node.limit === undefined ? [] : [`fetch=[${node.limit}]`]),
  ]
  return parts.join(', ')
}

/** Streaming: a sorted result would never be complete. */
function refuseStreaming(node: SortNode, isUpdating: boolean): void {
  if (node.orderBy.length > 0) {
    const what = node.limit === undefined ? 'ORDER BY' : 'ORDER BY with LIMIT (Top-N)'
    throw new FlinktsError('SQL_UNSUPPORTED', `${what} in streaming mode is not supported yet.`, {
      fix: "Sort where the result is read, or SET 'execution.runtime-mode' = 'batch' over bounded input.",
    })
  }
  if (node.limit === undefined || isUpdating) {
    const what = node.limit === undefined ? 'OFFSET without LIMIT' : 'LIMIT over an updating query'
    throw new FlinktsError('SQL_UNSUPPORTED', `${what} in streaming mode is not supported yet.`, {
      fix: "SET 'execution.runtime-mode' = 'batch' over bounded input.",
    })
  }
}

export function buildSort(node: SortNode, context: PhysicalContext): PhysicalNode {
  const { isBatch } = context.settings
  if (!isBatch) refuseStreaming(node, !isInsertOnly(modifyKindsOf(node.input, context.changelog)))
  const input = exchange(context.build(node.input, everyChange), [])
  const { offset, limit } = node
  const orderBy = node.orderBy.map(sortKey)
  const title = orderBy.length === 0 ? 'Limit' : limit === undefined ? 'Sort' : 'SortLimit'
  const streamingLimit = isBatch ? undefined : limit
  return physicalOperator({
    title,
    detail: detailOf(node),
    operator:
      streamingLimit === undefined
        ? { type: 'bounded-sort', inputType: input.type, orderBy, offset, limit, changelogKey: undefined }
        : { type: 'limit', inputType: input.type, offset, limit: streamingLimit },
    inputs: [input],
    type: node.type,
    changelog: input.changelog,
    stateDigest: detailOf(node),
  })
}
