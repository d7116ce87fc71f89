import { Args } from '@oclif/core'
import { renderTable } from '../output/text-table.ts'
import { expectOneStatement, queryStatements, rowsToJson, type QueryResult } from '../services/query-postgres.ts'
import { BaseCommand } from './base-command.ts'

/** A statement that begins with a comment is no flag: what has blanks in it goes behind `--`. */
function withCommentsAsText(words: readonly string[]): string[] {
  const isText = (word: string): boolean => /^--.*\s/s.test(word)
  if (words.includes('--') || !words.some(isText)) return [...words]
  return [...words.filter((word) => !isText(word)), '--', ...words.filter(isText)]
}

export default class Query extends BaseCommand {
  static override summary = "Run SQL in the project's Postgres"
  static override examples = ['<%= config.bin %> query "SELECT * FROM hourly_revenue ORDER BY revenue DESC LIMIT 5"']
  static override strict = false // its own words for a statement without quotes
  static override args = {
    sql: Args.string({ description: 'statement, or several with semicolons between them, in quotes', required: true }),
  }

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Query, withCommentsAsText(this.argv))
    expectOneStatement(argv)
    const results = await this.withPostgres((connection) => queryStatements(connection, args.sql))
    for (const result of results)
      if (flags.json) for (const line of rowsToJson(result)) this.print(line)
      else this.#show(result)
  }

  #show({ columns, rows, command, rowCount }: QueryResult): void {
    if (columns.length === 0) return this.print(rowCount === undefined ? command : `${command} ${rowCount}`)
    const shown = columns.map(({ name, numeric }) => ({
      name,
      align: numeric ? ('right' as const) : ('left' as const),
    }))
    this.print(renderTable(shown, rows))
    this.print(`(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`)
  }
}
