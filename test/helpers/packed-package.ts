// The package as npm would publish it, installed into an empty folder. Needs the package registry (or npm's cache) for the
// dependencies.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunningCommand } from './flinkts-command.ts'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

export function npm(cwd: string, ...args: string[]): string {
  const env = { ...process.env, NO_COLOR: '1' }
  return execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Packs into `folder` and installs into `folder/app`, which is returned. */
export function installPacked(folder: string): string {
  npm(repository, 'pack', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
  const app = join(folder, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "private": true }')
  npm(app, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball))
  return app
}

/** `npx flinkts …`, without a terminal and without a network. */
export function npx(cwd: string, ...args: string[]): RunningCommand {
  const env = { ...process.env, npm_config_offline: 'true', NO_COLOR: '1' }
  const child = spawn('npx', ['--no-install', 'flinkts', ...args], { cwd, env, stdio: 'pipe' })
  child.stdin.end()
  return new RunningCommand(child, `npx flinkts ${args.join(' ')}`)
}
