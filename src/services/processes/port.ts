// Ports: an asked-for port is taken at its word, a default moves to the next free one.
import { createServer } from 'node:net'
import { FlinktsError } from '../../../engine/host.ts'

export interface PortChoice {
  readonly port: number
  /** The default that was taken, where the port moved. */
  readonly movedFrom: number | undefined
}

const ATTEMPTS = 200

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Chooses a port on 127.0.0.1. Throws PORT_TAKEN where `asked` is taken. */
export async function choosePort(asked: number | undefined, defaultPort: number, service: string): Promise<PortChoice> {
  const host = '127.0.0.1'
  if (asked !== undefined) {
    if (await isFree(asked, host)) return { port: asked, movedFrom: undefined }
    throw new FlinktsError('PORT_TAKEN', `port ${asked} for ${service} is taken`, {
      fix: `stop what listens on ${asked}, ask for another port, or leave the port out: the next free one is taken then`,
    })
  }
  for (let port = defaultPort; port < defaultPort + ATTEMPTS; port++) {
    if (await isFree(port, host)) return { port, movedFrom: port === defaultPort ? undefined : defaultPort }
  }
  throw new FlinktsError(
    'PORT_TAKEN',
    `no free port for ${service} from ${defaultPort} to ${defaultPort + ATTEMPTS - 1}`,
    {
      fix: 'stop something that listens there',
    },
  )
}
