// Ports for what must come back at the same address after a crash.
import { createServer } from 'node:net'

/** Below the ports that systems give out by themselves; every test process has some of its own. */
const PORTS_OF_PROCESS = 500
const FIRST_PORT = 20_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 20) * PORTS_OF_PROCESS
let portsTaken = 0

/** A port that is free now and not given to anybody else before the project asks for it again, also after a crash. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (portsTaken++ % PORTS_OF_PROCESS)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen({ port, host: '127.0.0.1' }, () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
