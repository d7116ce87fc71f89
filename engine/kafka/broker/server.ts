// Listens, keeps the connections, closes those that are silent for too long.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { FlinktsError } from '../../common/errors.ts'
import type { BrokerServices } from './broker-services.ts'
import { Connection } from './connection.ts'

const backlog = 1024

export class BrokerServer {
  private readonly server: Server
  private readonly connections = new Set<Connection>()
  private services: BrokerServices | undefined

  private constructor() {
    // Until the broker knows its own port it has nothing to tell to clients.
    this.server = createServer({ pauseOnConnect: true }, (socket) => this.accept(socket))
  }

  /** Throws KAFKA_LISTEN_FAILED. */
  static async listen(host: string, port: number): Promise<BrokerServer> {
    const broker = new BrokerServer()
    await new Promise<void>((resolve, reject) => {
      broker.server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(host, port, error)))
      broker.server.listen({ host, port, backlog }, resolve)
    })
    return broker
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  serve(services: BrokerServices): void {
    this.services = services
  }

  closeIdle(nowMonotonicMs: number, idleMsMax: number): void {
    for (const connection of this.connections)
      if (!connection.isWaiting && nowMonotonicMs - connection.lastActiveMs > idleMsMax) connection.close()
  }

  /** Returns when no socket is open any more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const connection of this.connections) connection.close()
    await closed
  }

  private accept(socket: Socket): void {
    if (this.services === undefined) {
      socket.destroy()
      return
    }
    this.connections.add(new Connection(socket, this.services, (connection) => this.connections.delete(connection)))
    socket.resume()
  }
}

function listenError(host: string, port: number, error: NodeJS.ErrnoException): FlinktsError {
  const isTaken = error.code === 'EADDRINUSE'
  return new FlinktsError(
    'KAFKA_LISTEN_FAILED',
    isTaken ? `port ${port} on ${host} is taken` : `cannot listen on ${host}:${port}: ${error.message}`,
    {
      cause: error,
      fix: isTaken ? 'Stop what listens there, or choose another port (0: any free one).' : 'Choose another address.',
    },
  )
}
