// Which process listens on a port of this machine: for messages that name it. Best effort; undefined where the system does
// not tell (another user's process, no lsof).
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'

export interface PortHolder {
  readonly pid: number
  /** `postgres`, `node`, `docker-proxy` */
  readonly command: string
}

const LISTEN_STATE = '0A'
const TOOL_TIMEOUT_MS = 2_000

/** The socket's inode, from the text of /proc/net/tcp or tcp6. */
export function listeningInode(table: string, port: number): string | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    if (fields[3] === LISTEN_STATE && fields[1]?.endsWith(`:${wanted}`) === true) return fields[9]
  }
  return undefined
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined // it has ended, or is another user's
  }
}

function linuxHolder(port: number): PortHolder | undefined {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => attempt(() => readFileSync(path, 'utf8')) ?? '')
  const inodes = tables.map((table) => listeningInode(table, port)).filter((inode) => inode !== undefined)
  if (inodes.length === 0) return undefined
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`))
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []
    const holds = (descriptor: string): boolean =>
      sockets.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`)) ?? '')
    if (descriptors.some(holds)) return { pid: Number(pid), command: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }
  }
  return undefined
}

/** lsof -F prints `p<pid>` and `c<command>` on lines of their own. */
export function parseLsof(text: string): PortHolder | undefined {
  const pid = /^p(\d+)$/m.exec(text)?.[1]
  const command = /^c(.+)$/m.exec(text)?.[1]
  return pid === undefined ? undefined : { pid: Number(pid), command: command ?? '?' }
}

async function lsofHolder(port: number): Promise<PortHolder | undefined> {
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']
  const { stdout } = await promisify(execFile)('lsof', args, { timeout: TOOL_TIMEOUT_MS })
  return parseLsof(stdout)
}

export async function portHolder(port: number): Promise<PortHolder | undefined> {
  try {
    if (process.platform === 'linux') return linuxHolder(port)
    return process.platform === 'win32' ? undefined : await lsofHolder(port)
  } catch {
    return undefined
  }
}
