import { renderTable } from '../output/text-table.ts'
import { listTables } from '../services/query-postgres.ts'
import { BaseCommand } from './base-command.ts'

export default class Tables extends BaseCommand {
  static override summary = "Show the tables of the project's Postgres"
  static override examples = ['<%= config.bin %> tables']

  async run(): Promise<void> {
    const { flags } = await this.parse(Tables)
    const tables = await this.withPostgres(listTables)
    if (flags.json) this.print(JSON.stringify(tables))
    else if (tables.length === 0) this.print('No tables yet.')
    else {
      const rows = tables.map((table) => [
        table.schema === 'public' ? table.name : `${table.schema}.${table.name}`,
        String(table.rowCount),
        table.columns.map((column) => `${column.name} ${column.type}`).join(', '),
      ])
      this.print(renderTable([{ name: 'table' }, { name: 'rows', align: 'right' }, { name: 'columns' }], rows))
    }
  }
}
