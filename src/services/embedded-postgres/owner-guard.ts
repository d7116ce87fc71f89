// Stops a server when its owner dies: the postmaster does not watch its parent. The guard is a tiny process that reads
// from a pipe whose other end only the owner holds. A line means "all is well, go"; the end of the pipe means that the
// owner is gone, however it went.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'

export interface OwnerGuard {
  readonly pid: number | undefined
  /** The server has been stopped: the guard goes without doing anything. */
  release(): void
}

const STOP_ATTEMPTS = 100

// SIGINT is Postgres's fast shutdown, SIGQUIT its immediate one. The pid must still be the one in postmaster.pid.
const SHELL_GUARD = `
read -r line && exit 0
[ "$(head -n 1 "$2/postmaster.pid" 2>/dev/null)" = "$1" ] || exit 0
kill -INT "$1" 2>/dev/null
attempt=0
while kill -0 "$1" 2>/dev/null; do
  attempt=$((attempt + 1))
  [ "$attempt" -gt ${STOP_ATTEMPTS} ] && { kill -QUIT "$1"; exit 0; }
  sleep 0.1
done`

const NODE_GUARD = `
let released = false
process.stdin.on('data', () => { released = true; process.exit(0) })
process.stdin.on('end', () => {
  if (!released) require('node:child_process').spawnSync(process.argv[3], ['stop', '-m', 'fast', '-D', process.argv[2]])
  process.exit(0)
})`

function spawnGuard(serverPid: number, dataDirectory: string, pgCtlPath: string): ChildProcess {
  const options: SpawnOptions = { stdio: ['pipe', 'ignore', 'ignore'], detached: true, windowsHide: true }
  return process.platform === 'win32'
    ? spawn(process.execPath, ['-e', NODE_GUARD, '--', dataDirectory, pgCtlPath], options)
    : spawn('/bin/sh', ['-c', SHELL_GUARD, 'flinkts-postgres-guard', String(serverPid), dataDirectory], options)
}

/** Watches this process on behalf of the server. Neither the guard nor its pipe keeps this process alive. */
export function guardServer(serverPid: number, dataDirectory: string, pgCtlPath: string): OwnerGuard {
  const guard = spawnGuard(serverPid, dataDirectory, pgCtlPath)
  const pipe = guard.stdin!
  // an unwritable pipe means that somebody ended the guard: nothing is left to release
  pipe.on('error', () => undefined)
  guard.unref()
  ;(pipe as unknown as { unref?(): void }).unref?.()
  return { pid: guard.pid, release: () => void pipe.end('released\n') }
}
