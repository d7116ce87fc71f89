// One writer at a time. What a killed attempt or a lost connection had sent may still be carried out by the server, and
// would then overwrite what its successor wrote in the meantime. A lock that belongs to the connection tells: the server
// gives it back when the work is over, or was ended.
import { createHash } from 'node:crypto'
import type { PostgresConnection } from './postgres-connection.ts'

/** Two positive int4. */
function lockKeys(owner: string): [number, number] {
  const digest = createHash('sha256').update(`flinkts ${owner}`).digest()
  return [digest.readUInt32BE(0) >>> 1, digest.readUInt32BE(4) >>> 1]
}

const TERMINATE_HOLDER = `SELECT pg_terminate_backend(pid) FROM pg_locks
  WHERE locktype = 'advisory' AND classid = $1::int AND objid = $2::int AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

/** Resolves when no earlier connection of the same owner writes any more; ends one that still does. */
export async function takeOver(connection: PostgresConnection, owner: string): Promise<void> {
  const keys = lockKeys(owner)
  const [row] = await connection.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', keys)
  if (row!.taken) return
  await connection.query(TERMINATE_HOLDER, keys)
  await connection.query('SELECT pg_advisory_lock($1, $2)', keys)
}
