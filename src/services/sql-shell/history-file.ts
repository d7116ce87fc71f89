// The history of a project's SQL shell: `.flinkts/sql-history`, for its user only. Losing it is no reason to stop a shell.
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProjectPlace } from '../../config/project-place.ts'
import { addToHistory, formatHistory, parseHistory } from './shell-history.ts'

export class HistoryFile {
  readonly #path: string
  #entries: readonly string[]

  constructor(project: ProjectPlace) {
    this.#path = join(project.stateFolder, 'sql-history')
    this.#entries = this.#read()
  }

  get entries(): readonly string[] {
    return this.#entries
  }

  /** Another shell of the project may have added to the file meanwhile: its entries stay. */
  add(entry: string): void {
    this.#entries = addToHistory(this.#entries, entry)
    const kept = addToHistory(this.#read(), entry)
    const temporary = `${this.#path}.${process.pid}`
    try {
      mkdirSync(dirname(this.#path), { recursive: true })
      writeFileSync(temporary, formatHistory(kept), { mode: 0o600 })
      chmodSync(temporary, 0o600)
      renameSync(temporary, this.#path)
    } catch {
      // a full disk, a folder that cannot be written: this shell's own history goes on in memory
    }
  }

  #read(): readonly string[] {
    try {
      return parseHistory(readFileSync(this.#path, 'utf8'))
    } catch {
      return []
    }
  }
}
