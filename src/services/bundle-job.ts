// One self-contained JavaScript file per job: TypeScript compiled, imports inlined, `flinkts` resolved to the running
// package, so that a job needs no install.
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { isBuiltin } from 'node:module'
import type { BuildFailure, Plugin } from 'esbuild'
import { FlinktsError, isFlinktsError, loadBundle, type BundleModule } from '../../engine/host.ts'
import { packageRoot } from '../config/package-root.ts'

/** See JobBundle; the code's default export is the job file's. */
export interface BundledJob {
  readonly code: string
  readonly sourceMap: string
}

/** The running package's own doors: compiled ones, or the sources where those are what runs. */
const RUNS_SOURCES = import.meta.url.endsWith('.ts')
const DOORS: Readonly<Record<string, string>> = {
  flinkts: 'engine/index',
  'flinkts/testing': 'engine/testing',
  'flinkts/workshop': 'src/workshop/index',
}

const runningPackage: Plugin = {
  name: 'flinkts',
  setup(build) {
    build.onResolve({ filter: /^flinkts(\/(testing|workshop))?$/ }, ({ path }) => ({
      path: RUNS_SOURCES
        ? join(packageRoot(), `${DOORS[path]!}.ts`)
        : join(packageRoot(), 'dist', `${DOORS[path]!}.js`),
    }))
  },
}

/** Whether a file is flinkts' own, not the user's. */
function isOwn(path: string): boolean {
  return ['dist', 'engine', 'src'].some((folder) => path.startsWith(join(packageRoot(), folder) + sep))
}

/** Jobs also run where Node's modules do not exist; the import is refused where it stands. */
const noBuiltins: Plugin = {
  name: 'no-builtins',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, importer }) =>
      isBuiltin(path) && !isOwn(importer)
        ? {
            errors: [
              {
                text: `a job cannot import '${path}': its functions also run where Node's modules do not exist`,
                notes: [{ text: 'do it in a sink, in a source, or before the job starts' }],
              },
            ],
          }
        : undefined,
    )
  },
}

const ENTRY = 'flinkts-entry.js'
const OUTPUT = 'flinkts-job.cjs'

function bundleError(failure: BuildFailure, file: string, folder: string): FlinktsError {
  const [first] = failure.errors
  if (first === undefined) return new FlinktsError('FILE_INVALID', failure.message)
  const location = first.location
  return new FlinktsError('FILE_INVALID', first.text, {
    location:
      location === null
        ? { file, line: 1, column: 1 }
        : {
            file: isAbsolute(location.file) ? relative(folder, location.file) : location.file,
            line: location.line,
            column: location.column + 1,
            length: location.length,
          },
    fix: first.notes[0]?.text ?? 'mend the job file and run the command again',
  })
}

/**
 * What workers load: the user's functions by operator id, and what each node is. Neither depends on addresses, so any
 * address does here.
 */
function entry(file: string): string {
  const context = {
    kafkaBootstrapServers: '127.0.0.1:9092',
    postgresUrl: 'jdbc:postgresql://127.0.0.1:5432/postgres',
    configuration: {},
  }
  return `import * as file from ${JSON.stringify(`./${file}`)}
const job = file.default
let built
const build = () => (built ??= job.build(${JSON.stringify(context)}))
export default job
export const userFunctions = (id) => build().functions.get(id)
export const signature = () => build().signature
`
}

/** Names the sources that are not the user's: flinkts itself, packages, the entry. */
function withIgnoreList(sourceMap: string, folder: string): string {
  const map = JSON.parse(sourceMap) as { readonly sources: readonly string[] }
  const isForeign = (source: string): boolean =>
    source === ENTRY || source.includes('node_modules/') || isOwn(resolve(folder, source))
  return JSON.stringify({ ...map, ignoreList: map.sources.flatMap((source, at) => (isForeign(source) ? [at] : [])) })
}

/** Bundles a `.ts` or `.js` job file. Throws FILE_INVALID with the place in the user's source. */
export function bundleJob(path: string): Promise<BundledJob> {
  return bundle(path, entry(basename(path)))
}

/** Bundles a `.ts` or `.js` file that is no job: it may import Node's modules, which are left to `require`. Throws FILE_INVALID. */
export function bundleScript(path: string): Promise<BundledJob> {
  return bundle(path, `export { default } from ${JSON.stringify(`./${basename(path)}`)}\n`, 'node')
}

/**
 * What a bundle exports. Throws BUNDLE_INVALID with what its code threw, and what a call of flinkts refused in it as it is:
 * both with the place in the user's source. `require`: see loadBundle.
 */
export function loadBundled(bundle: BundledJob, require?: NodeJS.Require): BundleModule {
  try {
    return loadBundle(bundle, require)
  } catch (error) {
    if (!isFlinktsError(error) || !isFlinktsError(error.cause)) throw error
    const { code, message, fix, cause, location } = error.cause
    throw new FlinktsError(code, message, { location: location ?? error.location, fix, cause })
  }
}

/** What a `.ts` or `.js` file exports. Throws FILE_INVALID and BUNDLE_INVALID with the place in the user's source. */
export async function loadExports(path: string): Promise<Record<string, unknown>> {
  const file = JSON.stringify(`./${basename(path)}`)
  return { ...loadBundled(await bundle(path, `export * from ${file}\n`)) }
}

async function bundle(path: string, contents: string, platform: 'neutral' | 'node' = 'neutral'): Promise<BundledJob> {
  const esbuild = await import('esbuild')
  const folder = process.cwd()
  try {
    const result = await esbuild.build({
      stdin: { contents, resolveDir: dirname(resolve(path)), sourcefile: ENTRY },
      absWorkingDir: folder,
      bundle: true,
      write: false,
      format: 'cjs',
      platform,
      target: 'es2023',
      mainFields: ['module', 'main'],
      sourcemap: 'external',
      sourcesContent: false,
      outfile: join(folder, OUTPUT),
      logLevel: 'silent',
      plugins: platform === 'node' ? [runningPackage] : [runningPackage, noBuiltins],
    })
    const output = (suffix: string): string => result.outputFiles.find(({ path }) => path.endsWith(suffix))!.text
    return { code: output(OUTPUT), sourceMap: withIgnoreList(output(`${OUTPUT}.map`), folder) }
  } catch (cause) {
    throw 'errors' in (cause as object) ? bundleError(cause as BuildFailure, path, folder) : cause
  } finally {
    await esbuild.stop() // it keeps a child process alive
  }
}
