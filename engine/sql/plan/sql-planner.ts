// The planner that a SQL session is given.
import { types, type RowType } from '../../types/logical-type.ts'
import { callableNames } from '../expressions/bind-call.ts'
import { bindExpression } from '../expressions/bind-expression.ts'
import { scopeOfRow } from '../expressions/scope.ts'
import { locate } from '../parser/source-text.ts'
import type { Planner } from '../session/planner.ts'
import { readPlanSettings } from './plan-settings.ts'
import { explainStatement, planStatement, resultTypeOf, type PlannedJob } from './planner.ts'

/** What is called as a function and has a grammar of its own. */
const otherFunctions = [
  ...['TUMBLE', 'HOP', 'CUMULATE', 'SESSION', 'CAST', 'TRY_CAST', 'OVERLAY', 'POSITION'],
  ...['JSON_EXISTS', 'JSON_VALUE', 'JSON_QUERY', 'JSON_OBJECT', 'JSON_ARRAY'],
]

export const sqlPlanner: Planner<PlannedJob> = {
  plan: planStatement,
  explain: explainStatement,
  queryType: resultTypeOf,
  expressionType: (expression, columns, context) => {
    const { sessionTimeZone, isBatch } = readPlanSettings(context.configuration)
    const row: RowType = types.row(columns, false)
    const scope = scopeOfRow(row, { sessionTimeZone, isBatch, locate: (node) => locate(context.source, node.span) })
    return bindExpression(expression, scope).type
  },
  functionNames: () => [...new Set([...callableNames(), ...otherFunctions])].sort(),
}
