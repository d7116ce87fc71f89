// One self-contained JavaScript file per job: TypeScript compiled, imports inlined, `flinkts` resolved to the running
// package, so that a job needs no install.
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { isBuiltin } from 'node:module'
import type { BuildFailure, Plugin } from 'esbuild'
import { FlinktsError } from '../../engine/host.ts'
import { packageRoot } from '../config/package-root.ts'

export interface BundledJob {
  /** ES module: the JobDefinition by default, and `userFunctions`. Ends with an inline source map. */
  readonly code: string
}

const DOORS: Readonly<Record<string, string>> = { flinkts: 'index.js', 'flinkts/testing': 'testing.js' }

const runningPackage: Plugin = {
  name: 'flinkts',
  setup(build) {
    build.onResolve({ filter: /^flinkts(\/testing)?$/ }, ({ path }) => ({
      path: join(packageRoot(), 'dist', 'engine', DOORS[path]!),
    }))
  },
}

/** Jobs also run where Node's modules do not exist; the import is refused where it stands. */
const noBuiltins: Plugin = {
  name: 'no-builtins',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, importer }) =>
      isBuiltin(path) && !importer.startsWith(join(packageRoot(), 'dist'))
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
 * What workers load: the user's functions by operator id. Ids follow from the job's structure, never from addresses, so
 * any address does here.
 */
function entry(file: string): string {
  const context = {
    kafkaBootstrapServers: '127.0.0.1:9092',
    postgresUrl: 'jdbc:postgresql://127.0.0.1:5432/postgres',
    configuration: {},
  }
  return `import job from ${JSON.stringify(`./${file}`)}
export default job
let functions
export const userFunctions = (id) => (functions ??= job.build(${JSON.stringify(context)}).functions).get(id)
`
}

/** Bundles a `.ts` or `.js` job file. Throws FILE_INVALID with the place in the user's source. */
export async function bundleJob(path: string): Promise<BundledJob> {
  const esbuild = await import('esbuild')
  const folder = process.cwd()
  try {
    const result = await esbuild.build({
      stdin: { contents: entry(basename(path)), resolveDir: dirname(resolve(path)), sourcefile: 'flinkts-entry.js' },
      absWorkingDir: folder,
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      target: 'es2023',
      mainFields: ['module', 'main'],
      sourcemap: 'inline',
      sourcesContent: true,
      outfile: join(dirname(path), 'job.bundle.mjs'),
      logLevel: 'silent',
      plugins: [runningPackage, noBuiltins],
    })
    return { code: result.outputFiles[0]!.text }
  } catch (cause) {
    throw 'errors' in (cause as object) ? bundleError(cause as BuildFailure, path, folder) : cause
  } finally {
    await esbuild.stop() // it keeps a child process alive
  }
}
