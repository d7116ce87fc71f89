// Ports: an asked-for port is taken at its word, a default moves to the next free one.
import { createServer } from 'node:net'
import { FlinktsError, isFlinktsError } from '../../../engine/host.ts'
import { portHolder } from './port-holder.ts'

/** Where everybody looks for them. */
export const PORT_DEFAULTS = { kafka: 9092, postgres: 5432 } as const

const ATTEMPTS = 200

/** Whether somebody could listen there now. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

const isTaken = (error: unknown): boolean =>
  isFlinktsError(error) && (error.code === 'PORT_TAKEN' || error.code === 'KAFKA_LISTEN_FAILED')

export interface WantedPort {
  /** Undefined: the default, or the next free one. */
  readonly asked: number | undefined
  readonly defaultPort: number
  readonly service: string
  /** Knows more of who holds a port than the system does: a container behind the engine's proxy. */
  readonly nameHolder?: ((port: number) => Promise<string | undefined>) | undefined
}

/** ` by node (pid 123)`; empty where nobody knows. */
async function holderOf(port: number, { nameHolder }: Pick<WantedPort, 'nameHolder'>): Promise<string> {
  const named = await nameHolder?.(port).catch(() => undefined)
  if (named !== undefined) return ` by ${named}`
  const holder = await portHolder(port)
  return holder === undefined ? '' : ` by ${holder.command} (pid ${holder.pid})`
}

/** What to tell where a default port was not to be had. */
export async function movedPortNotice(wanted: WantedPort, port: number): Promise<string | undefined> {
  const { asked, defaultPort, service } = wanted
  if (asked !== undefined || port === defaultPort) return undefined
  return `port ${defaultPort} is taken${await holderOf(defaultPort, wanted)}: ${service} listens on ${port}`
}

/**
 * Starts a service on `asked`, else on the first free port from `defaultPort` on; a port that somebody takes between the
 * look and the start is passed over too. Throws PORT_TAKEN, and what `start` throws.
 */
export async function startOnPort<T>(
  wanted: WantedPort,
  start: (port: number) => Promise<T>,
): Promise<{ readonly port: number; readonly started: T }> {
  const { asked, defaultPort, service } = wanted
  const host = '127.0.0.1'
  if (asked !== undefined) {
    if (await isPortFree(asked, host)) return { port: asked, started: await start(asked) }
    throw new FlinktsError('PORT_TAKEN', `port ${asked} for ${service} is taken${await holderOf(asked, wanted)}`, {
      fix: `stop what listens on ${asked}, ask for another port, or leave the port out: the next free one is taken then`,
    })
  }
  for (let port = defaultPort; port < defaultPort + ATTEMPTS; port++) {
    if (!(await isPortFree(port, host))) continue
    try {
      return { port, started: await start(port) }
    } catch (error) {
      if (!isTaken(error)) throw error
    }
  }
  throw new FlinktsError(
    'PORT_TAKEN',
    `no free port for ${service} from ${defaultPort} to ${defaultPort + ATTEMPTS - 1}`,
    {
      fix: 'stop something that listens there',
    },
  )
}
