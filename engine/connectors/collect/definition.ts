// The result of a SELECT, given to whoever asked for it. Not to be named in WITH: the planner makes it.
import type { RowType } from '../../types/logical-type.ts'
import type { SinkSpec } from '../connector.ts'

export function collectSink(type: RowType): SinkSpec {
  return {
    connector: 'collect',
    tableName: 'collect',
    consumedType: type,
    changelog: 'all',
    keyColumns: [],
    settings: null,
    ignoredOptions: [],
  }
}
