import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listeningInode, parseLsof, portHolder } from '../../../../src/services/processes/port-holder.ts'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2384 0100007F:8F1C 01 00000000:00000000 00:00000000 00000000     0        0 11 1
   1: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1`

describe('who holds a port', () => {
  it('is the one that listens, not one that is connected', () => {
    expect(listeningInode(TABLE, 0x2384)).toBe('4711')
    expect(listeningInode(TABLE, 0x8f1c)).toBeUndefined()
  })

  it('is read from lsof where there is no /proc', () => {
    expect(parseLsof('p123\ncpostgres\nf7\n')).toEqual({ pid: 123, command: 'postgres' })
    expect(parseLsof('')).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')('is found on this machine', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      expect(await portHolder(port)).toMatchObject({ pid: process.pid })
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
    expect(await portHolder(port)).toBeUndefined()
  })
})
