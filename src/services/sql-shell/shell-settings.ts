// What the shell itself reads of SET. Source: Flink's SqlClientOptions and TableConfigOptions.
import type { SqlRunner } from '../run-sql.ts'

export interface ShellSettings {
  readonly resultMode: 'table' | 'changelog' | 'tableau'
  readonly rowsMax: number
  /** Undefined: not set. */
  readonly columnWidthMax: number | undefined
}

export function readShellSettings(configuration: SqlRunner['configuration']): ShellSettings {
  const mode = configuration.get('sql-client.execution.result-mode')!.trim().toLowerCase()
  const set = configuration.toRecord()
  const width = Number(set['table.display.max-column-width'] ?? set['sql-client.display.max-column-width'])
  const rows = Number(configuration.get('sql-client.execution.max-table-result.rows'))
  return {
    resultMode: mode === 'changelog' || mode === 'tableau' ? mode : 'table',
    rowsMax: Math.max(1, rows),
    columnWidthMax: Number.isNaN(width) ? undefined : Math.max(1, width),
  }
}
