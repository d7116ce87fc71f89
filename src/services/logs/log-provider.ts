// The project's log files as the REST API lists them: the session's own, those of the services it embeds, of every job.
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LogFile, LogProvider } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { jobLogFiles, processLogFiles } from './log-files.ts'

async function describe(path: string): Promise<LogFile[]> {
  try {
    const { size, mtimeMs } = await stat(path)
    return [{ name: basename(path), sizeBytes: size, modifiedAt: Math.round(mtimeMs) }]
  } catch {
    return [] // not written yet, or rotated away
  }
}

/** A rotated file is listed beside its successor, as `<name>.1`. */
function pathsOf(project: Project): string[] {
  const jobs = jobLogFiles(project).map(({ path }) => path)
  return [...Object.values(processLogFiles(project)), ...jobs].flatMap((path) => [path, `${path}.1`])
}

export function projectLogs(project: Project): LogProvider {
  return {
    jobManagerLog: basename(processLogFiles(project).session),
    async list() {
      return (await Promise.all(pathsOf(project).map(describe))).flat()
    },
    read(name) {
      const path = pathsOf(project).find((candidate) => basename(candidate) === name)
      return path === undefined ? Promise.resolve(undefined) : readFile(path).catch(() => undefined)
    },
  }
}
