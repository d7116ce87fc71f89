// Who listens where flinkts would.
import type { Project } from '../../config/project.ts'
import { isPortFree, PORT_DEFAULTS } from '../processes/port.ts'
import { portHolder } from '../processes/port-holder.ts'
import type { ServiceStatus } from '../session/session-protocol.ts'
import { broken, ok, type Finding } from './finding.ts'

const REST_PORT_DEFAULT = 8081
const HOST = '127.0.0.1'

interface Port {
  readonly service: string
  readonly asked: number | undefined
  readonly defaultPort: number
  /** Where ours listens, if it runs. */
  readonly own: number | undefined
}

function portOf(address: string | undefined): number | undefined {
  const port = /:(\d+)(?:\/|$)/.exec(address ?? '')?.[1]
  return port === undefined ? undefined : Number(port)
}

async function checkPort({ service, asked, defaultPort, own }: Port): Promise<Finding> {
  const port = asked ?? defaultPort
  const check = `port ${port}`
  if (own === port) return ok(check, `${service} of this project`)
  if (await isPortFree(port, HOST)) {
    if (own !== undefined) return ok(check, `free; ${service} of this project listens on ${own}`)
    return ok(check, `free for ${service}`)
  }
  const holder = await portHolder(port)
  const who = holder === undefined ? 'somebody' : `${holder.command} (pid ${holder.pid})`
  if (asked === undefined)
    return ok(
      check,
      `taken by ${who}: ${service} ${own === undefined ? 'takes the next free one' : `listens on ${own}`}`,
    )
  return broken(
    check,
    `taken by ${who}, and flinkts.yaml or a variable asks for it for ${service}`,
    `Stop ${holder === undefined ? 'what listens there' : `process ${holder.pid}`}, or leave the port out: the next free one is taken then.`,
  )
}

/** `services` and `restAddress`: of the session, if one runs. */
export function checkPorts(
  project: Project,
  services: readonly ServiceStatus[],
  restAddress: string | undefined,
): Promise<Finding[]> {
  const { config } = project
  const own = (name: 'kafka' | 'postgres'): Port => ({
    service: name === 'kafka' ? 'Kafka' : 'Postgres',
    asked: config[name].port,
    defaultPort: PORT_DEFAULTS[name],
    own: portOf(services.find((service) => service.name === name)?.address?.replace(/^.*@/, '')),
  })
  const rest = {
    service: 'the REST API',
    asked: config.rest.port,
    defaultPort: REST_PORT_DEFAULT,
    own: portOf(restAddress),
  }
  const ports = config.services === 'external' ? [rest] : [own('kafka'), own('postgres'), rest]
  return Promise.all(ports.map(checkPort))
}
