// Checks that need no service: node, room on the disk, the clock, versions.
import { constants, existsSync, readFileSync, statSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { packageRoot, packageVersion } from '../../config/package-root.ts'
import type { Project } from '../../config/project.ts'
import { readLiveSession, sessionPaths } from '../session/session-files.ts'
import { isReadableStateFolder, readStateFolderVersion } from '../session/state-folder-version.ts'
import { broken, ok, warning, type Finding } from './finding.ts'

const MIB = 1024 * 1024
/** A new Postgres and a broker's first segments take about this. */
const FREE_BYTES_MIN = 200 * MIB
const FREE_BYTES_LOW = 2048 * MIB
/** Clocks of files and of this process may differ so much without anybody noticing. */
const FUTURE_MS = 60_000

/** `20.19.0` against `>=20.19.0` */
export function isAtLeast(version: string, minimum: string): boolean {
  const [left, right] = [version, minimum].map((text) =>
    text
      .replace(/^[^\d]*/, '')
      .split('.')
      .map(Number),
  )
  for (let index = 0; index < 3; index++) {
    const difference = (left![index] ?? 0) - (right![index] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

export function checkNode(version = process.versions.node): Finding {
  const { engines } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    engines: { node: string }
  }
  return isAtLeast(version, engines.node)
    ? ok('node', `${version} (${process.platform} ${process.arch})`)
    : broken('node', `${version}, and flinkts needs ${engines.node}`, 'Install a newer Node.js.')
}

function nearestExisting(folder: string): string {
  let existing = folder
  while (!existsSync(existing)) existing = dirname(existing)
  return existing
}

/** The folder, where this user may not write into it. */
async function unwritable(folder: string): Promise<string | undefined> {
  return access(folder, constants.W_OK).then(
    () => undefined,
    () => folder,
  )
}

/** Room where the project keeps its data, and where its checkpoints go if that is elsewhere. */
export async function checkDisk(project: Project): Promise<Finding[]> {
  const { storage } = project.config.checkpoints
  const folders = [project.stateFolder, ...(storage === undefined ? [] : [resolve(project.folder, storage)])]
  return Promise.all(
    folders.map(async (folder) => {
      const existing = nearestExisting(folder)
      const { bavail, bsize } = await statfs(existing)
      return diskFinding(folder, bavail * bsize, await unwritable(existing))
    }),
  )
}

export function diskFinding(folder: string, freeBytes: number, unwritableFolder: string | undefined): Finding {
  if (unwritableFolder !== undefined) {
    return broken(
      'disk',
      `${unwritableFolder} cannot be written by this user`,
      'Give it the right to write there, or work in a folder of your own.',
    )
  }
  const room = `${freeBytes < 1024 * MIB ? `${Math.floor(freeBytes / MIB)} MB` : `${(freeBytes / 1024 / MIB).toFixed(1)} GB`} free at ${folder}`
  if (freeBytes < FREE_BYTES_MIN)
    return broken('disk', room, 'Make room: Kafka, Postgres and checkpoints stop writing when it is full.')
  if (freeBytes < FREE_BYTES_LOW) return warning('disk', room, 'Make room soon, or set a retention for topics.')
  return ok('disk', room)
}

/** Files of the project that were written in the future: the clock has been set back, or another machine writes them. */
export function checkClock(project: Project, nowMs: number): Finding {
  const paths = sessionPaths(project)
  const files = [paths.log, paths.record, paths.kafka, paths.postgres, join(project.folder, 'flinkts.yaml')]
  const ahead = files
    .filter((file) => existsSync(file))
    .map((file) => ({ file, aheadMs: statSync(file).mtimeMs - nowMs }))
    .find(({ aheadMs }) => aheadMs > FUTURE_MS)
  if (ahead === undefined) return ok('clock', new Date(nowMs).toISOString())
  return warning(
    'clock',
    `${ahead.file} was written ${Math.round(ahead.aheadMs / 1000)} s in the future`,
    'Set the clock of this machine (NTP): event times, retention and time-outs follow it.',
  )
}

export function checkVersions(project: Project): Finding[] {
  const version = packageVersion()
  const stamp = readStateFolderVersion(project)
  const session = readLiveSession(project)
  const findings = [ok('flinkts', version)]
  if (!isReadableStateFolder(stamp))
    findings.push(
      broken(
        '.flinkts',
        `written by flinkts ${stamp!.version} (layout ${stamp!.layout}), which this one cannot read`,
        `Go on with npx flinkts@${stamp!.version}, or move ${project.stateFolder} aside.`,
      ),
    )
  else if (stamp !== undefined)
    findings.push(ok('.flinkts', `layout ${stamp.layout}, begun by flinkts ${stamp.version}`))
  if (session === undefined) return findings
  if (session.version !== version)
    findings.push(broken('session', `runs flinkts ${session.version}`, 'Run `flinkts down`; data stays.'))
  else if (isConfigNewer(project))
    findings.push(
      warning(
        'session',
        'flinkts.yaml was changed after it started',
        'Run `flinkts down` and start again for the change to hold; data stays.',
      ),
    )
  else findings.push(ok('session', `pid ${session.pid}, ${session.restAddress}`))
  return findings
}

function isConfigNewer(project: Project): boolean {
  const file = join(project.folder, 'flinkts.yaml')
  const { record } = sessionPaths(project)
  return existsSync(file) && existsSync(record) && statSync(file).mtimeMs > statSync(record).mtimeMs
}

/** SQL files that flinkts.yaml names. */
export function checkSqlFiles(project: Project): Finding[] {
  return project.config.postgres.sql
    .filter((name) => !existsSync(resolve(project.folder, name)))
    .map((name) =>
      broken('flinkts.yaml', `postgres.sql names ${name}, which does not exist`, `Write ${name}, or take it out.`),
    )
}
