// Guards: dist is what the sources say. Compiles to dist and writes the oclif manifest; with --if-stale only when a
// source, a compiler setting or a dependency changed since the last build (compared by content, not by time).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('..', import.meta.url).pathname
const stamp = join(root, 'dist', '.build-hash')
const declarations = !process.argv.includes('--if-stale')

function contentHash(): string {
  const hash = createHash('sha256')
  const files = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json']
  for (const folder of ['engine', 'src']) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(join(entry.parentPath.slice(root.length), entry.name))
    }
  }
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

/** Beside the old build, and swapped in whole: what runs from dist never sees half a build. */
function compile(): void {
  const [built, old] = [join(root, 'dist.new'), join(root, 'dist.old')]
  for (const folder of [built, old]) rmSync(folder, { recursive: true, force: true })
  // Types are checked by `npm run check`; here only the output counts. Declarations need the checker, so only packages get them.
  const options = declarations ? [] : ['--noCheck', '--declaration', 'false']
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', built, ...options],
    { cwd: root, stdio: 'inherit' },
  )
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
  renameSync(built, join(root, 'dist'))
  rmSync(old, { recursive: true, force: true })
}

async function writeManifest(): Promise<void> {
  const { Plugin } = await import('@oclif/core')
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true })
  await plugin.load()
  writeFileSync(join(root, 'oclif.manifest.json'), JSON.stringify(plugin.manifest))
}

const hash = `${contentHash()}${declarations ? '+types' : ''}`
const built = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
const fresh = declarations ? built === hash : built.replace('+types', '') === hash
if (!fresh || !existsSync(join(root, 'oclif.manifest.json'))) {
  compile()
  await writeManifest()
  writeFileSync(stamp, hash)
}
