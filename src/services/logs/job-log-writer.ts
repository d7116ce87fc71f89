// What jobs say and print, one file per job under `.flinkts/logs/jobs`. Lines are gathered for a moment, at most so many: a
// job that prints without end must not hold the JobManager up.
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock, JobMessage, Timer } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { jobLogFile, rotateLog } from './log-files.ts'

const FLUSH_MS = 200
const BUFFERED_CHARACTERS_MAX = 1 << 20

export class JobLogWriter {
  readonly #project: Project
  readonly #clock: Clock
  readonly #pending = new Map<string, { lines: string[]; characters: number; left: number }>()
  #timer: Timer | undefined

  constructor(project: Project, clock: Clock) {
    this.#project = project
    this.#clock = clock
  }

  add(key: string, { at, kind, line }: JobMessage): void {
    let pending = this.#pending.get(key)
    if (pending === undefined) this.#pending.set(key, (pending = { lines: [], characters: 0, left: 0 }))
    if (pending.characters > BUFFERED_CHARACTERS_MAX) pending.left++
    else {
      pending.lines.push(`${new Date(at).toISOString()} ${kind} ${line}\n`)
      pending.characters += line.length
    }
    this.#timer ??= this.#clock.setTimer(FLUSH_MS, () => this.flush())
  }

  /** Also before the process ends. What cannot be written is dropped: the job's clients have heard it. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const [key, { lines, left }] of this.#pending) {
      if (left > 0) lines.push(`${new Date(this.#clock.now()).toISOString()} notice ${left} more lines are left out\n`)
      try {
        const path = jobLogFile(this.#project, key)
        mkdirSync(dirname(path), { recursive: true })
        rotateLog(path)
        appendFileSync(path, lines.join(''))
      } catch {
        // a full disk
      }
    }
    this.#pending.clear()
  }
}
