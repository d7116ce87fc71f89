// When a service is up: when a real client is answered. That a port can be connected to proves nothing, because the engine's
// proxy listens before the container does.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { FlinktsError, isFlinktsError, KafkaCluster, parseBootstrapServers, systemClock } from '../../../engine/host.ts'

const POLL_MS = 50
const ATTEMPT_TIMEOUT_MS = 5_000

export interface ReadyOptions {
  readonly limitMs: number
  /** Aborts when the container has ended, or nobody wants it any more. */
  readonly signal: AbortSignal
}

/** Asks again and again; `isFinal` errors end it at once. Throws the last error when the time is up. */
async function untilAnswered(
  { limitMs, signal }: ReadyOptions,
  ask: () => Promise<void>,
  isFinal: (error: unknown) => boolean,
): Promise<void> {
  const deadline = systemClock.monotonicMs() + limitMs
  for (;;) {
    signal.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      if (isFinal(error) || systemClock.monotonicMs() > deadline) throw error
    }
    await delay(POLL_MS, undefined, { signal })
  }
}

/** A cluster for a broker on this machine that may still be starting: no attempt waits long. */
function openStarting(bootstrapServers: string): KafkaCluster {
  return new KafkaCluster({
    bootstrapServers: parseBootstrapServers(bootstrapServers),
    clock: systemClock,
    random: Math.random,
    connectTimeoutMs: ATTEMPT_TIMEOUT_MS,
    requestTimeoutMs: ATTEMPT_TIMEOUT_MS,
    retryBackoffMs: POLL_MS,
    retryTimeoutMs: 0,
  })
}

/** Metadata is answered, and so is every broker at the address that it tells its clients. */
export async function kafkaAnswers(bootstrapServers: string, options: ReadyOptions): Promise<void> {
  const cluster = openStarting(bootstrapServers)
  try {
    await untilAnswered(
      options,
      async () => {
        const { brokers } = await cluster.describe(options.signal)
        if (brokers.length === 0) throw new FlinktsError('KAFKA_UNREACHABLE', `${bootstrapServers} names no broker yet`)
        for (const { brokerId } of brokers) await cluster.connectionTo(brokerId, 'control', options.signal)
      },
      (error) => !isFlinktsError(error),
    )
  } finally {
    cluster.close()
  }
}

/** SQLSTATEs of a login that no waiting mends. */
const REFUSED_LOGINS = new Set(['28P01', '28000', '3D000'])

/** A login works and `SELECT 1` is answered. Throws POSTGRES_UNREACHABLE at once where the login is refused. */
export async function postgresAnswers(url: string, options: ReadyOptions): Promise<void> {
  const isRefused = (error: unknown): boolean => REFUSED_LOGINS.has((error as { code?: string }).code ?? '')
  try {
    await untilAnswered(options, () => selectOne(url), isRefused)
  } catch (error) {
    if (!isRefused(error)) throw error
    throw new FlinktsError('POSTGRES_UNREACHABLE', `Postgres refuses the login: ${(error as Error).message}`, {
      fix: 'postgres.password in flinkts.yaml must be the one that the data was made with; `flinkts down --volumes` removes the data',
      cause: error,
    })
  }
}

async function selectOne(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ATTEMPT_TIMEOUT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT 1')
  } finally {
    await client.end().catch(() => undefined)
  }
}
