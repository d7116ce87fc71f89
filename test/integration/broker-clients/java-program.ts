// Java programs of these tests: compiled with the jars that they run with.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const sources = fileURLToPath(new URL('java/', import.meta.url))

export interface JavaProgram {
  /** What stands before the name of the class. */
  readonly args: readonly string[]
}

/** Compiles sources of the folder java/ for the jars of a folder, into the folder `classes`. */
export function compileJava(libs: string, files: readonly string[], classes: string): JavaProgram {
  const paths = files.map((file) => join(sources, file))
  const compiled = spawnSync('javac', ['-nowarn', '-d', classes, '-cp', `${libs}/*`, ...paths], { encoding: 'utf8' })
  if (compiled.status !== 0) throw new Error(`javac: ${compiled.stderr}${compiled.error?.message ?? ''}`)
  const quiet = `-Dlog4j2.configurationFile=${join(sources, 'quiet-log4j2.properties')}`
  return { args: ['-Xmx512m', quiet, '-cp', `${classes}:${libs}/*`] }
}

/** Starts a class of a program; its lines go to `onLine`, its standard error to this process. */
export function startJava(
  program: JavaProgram,
  mainClass: string,
  args: readonly string[],
  onLine: (line: string) => void,
): ChildProcess {
  const child = spawn('java', [...program.args, mainClass, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  let rest = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    lines.forEach(onLine)
  })
  return child
}

/** Its exit code, once all that it wrote has come. */
export async function ended(child: ChildProcess): Promise<number | null> {
  const over = child.exitCode !== null || child.signalCode !== null
  if (over && child.stdout!.closed) return child.exitCode
  return new Promise((resolve) => child.once('close', (code) => resolve(code)))
}
