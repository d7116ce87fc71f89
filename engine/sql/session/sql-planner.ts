// The planner of flinkts as a session sees it.
import { localTimeZone } from '../../common/local-time-zone.ts'
import { bindExpression } from '../expressions/bind-expression.ts'
import { functionNames } from '../expressions/function-catalog.ts'
import { scopeOfRow } from '../expressions/scope.ts'
import { types } from '../../types/logical-type.ts'
import type { Node } from '../ast/node.ts'
import { locate } from '../parser/source-text.ts'
import { explainStatement, planStatement, resultTypeOf, type PlannedJob } from '../plan/planner.ts'
import type { Planner } from './planner.ts'

export const sqlPlanner: Planner<PlannedJob> = {
  plan: planStatement,
  explain: explainStatement,
  queryType: resultTypeOf,
  expressionType(expression, columns, { configuration, source }) {
    const options = {
      sessionTimeZone: localTimeZone(configuration),
      locate: (node: Node) => locate(source, node.span),
    }
    return bindExpression(expression, scopeOfRow(types.row(columns, false), options)).type
  },
  functionNames,
}
