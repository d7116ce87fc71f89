// What every command shares: --json, errors as a page or as JSON, and the exit code. Only commands set exit codes.
import { readFileSync } from 'node:fs'
import { Command, Flags } from '@oclif/core'
import { loadProject, type Project } from '../config/project.ts'
import { errorToJson, renderError } from '../output/error-page.ts'

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print JSON, one value or one value per line' }),
  }

  /** The project of the working directory; defaults where there is no flinkts.yaml. */
  protected project(): Project {
    return loadProject(process.cwd())
  }

  protected print(line: string): void {
    process.stdout.write(`${line}\n`)
  }

  /** Notes that are not the result: to standard error, so that output can be piped. */
  protected note(line: string): void {
    process.stderr.write(`${line}\n`)
  }

  protected get wantsJson(): boolean {
    return this.argv.includes('--json')
  }

  override async catch(error: Error & { exitCode?: number; oclif?: { exit?: number } }): Promise<void> {
    // oclif's own refusals (unknown flag …) already read well and carry their exit code.
    if (error.oclif !== undefined && !('code' in error && typeof error.code === 'string' && error.code !== 'EEXIT')) {
      if (error.oclif.exit === 0) return
      process.stderr.write(`Error: ${error.message}\n`)
      process.exitCode = error.oclif.exit ?? 2
      return
    }
    if (this.wantsJson) process.stdout.write(`${JSON.stringify(errorToJson(error))}\n`)
    else process.stderr.write(`${renderError(error, readSourceFile)}\n`)
    process.exitCode = 1
  }
}

function readSourceFile(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
