import { FlinktsError } from '../../engine/host.ts'
import { connectPostgres } from '../services/postgres-connection.ts'
import type { LabContext } from './lab-context.ts'
import type { Lab } from './lab.ts'

const STATEMENT_LIMIT_MS = 15_000

export function postgresCalls({ postgres }: LabContext): Pick<Lab, 'query'> {
  return {
    async query<Row>(sql: string) {
      const client = await connectPostgres(postgres)
      try {
        await client.query(`SET statement_timeout = ${STATEMENT_LIMIT_MS}`)
        const answer: unknown = await client.query(sql)
        const last = (Array.isArray(answer) ? answer.at(-1) : answer) as { readonly rows: Row[] }
        return last.rows
      } catch (cause) {
        const { message, hint } = cause as { message: string; hint?: string }
        throw new FlinktsError('POSTGRES_QUERY_FAILED', message, {
          fix: hint ?? '`flinkts tables` lists the tables of the project.',
          cause: undefined,
        })
      } finally {
        await client.end()
      }
    },
  }
}
