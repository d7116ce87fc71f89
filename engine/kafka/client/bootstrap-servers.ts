// `bootstrap.servers` as addresses.
import { FlinktsError } from '../../common/errors.ts'

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

export function formatAddress({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Parses `host:port,host:port`; an IPv6 address stands in brackets. Throws OPTION_INVALID. */
export function parseBootstrapServers(text: string): BrokerAddress[] {
  const addresses = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(?:[A-Z_]+:\/\/)?(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(part)
      const port = Number(match?.[3])
      if (match === null || port < 1 || port > 65535) throw invalid(`'${part}' in bootstrap.servers is no host:port`)
      return { host: match[1] ?? match[2]!, port }
    })
  if (addresses.length === 0) throw invalid('bootstrap.servers is empty')
  return addresses
}

function invalid(message: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', message, { fix: "Give it as 'host:port', several with commas between." })
}
