// Tells processes apart by pid and start time: a pid alone comes back after a while.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** When the process with that pid began, in words that only compare equal; undefined where there is no such process. */
export function processStart(pid: number): string | undefined {
  if (!isRunning(pid)) return undefined
  try {
    if (process.platform === 'linux') return linuxStart(pid)
    if (process.platform === 'darwin')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
  return 'unknown'
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Field 22 of /proc/<pid>/stat; the command in field 2 may hold blanks and brackets. A zombie holds nothing any more. */
function linuxStart(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}
