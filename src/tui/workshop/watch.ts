// Shows a workshop in the terminal, watches the files of the exercise and checks them when they are saved. What happens is
// decided by src/workshop/watch-state.ts; this does it.
import { statSync, watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import { openSession, type Session } from '../../services/session/open-session.ts'
import { exerciseFolder, resetExercise, shippedFiles } from '../../workshop/learner-project.ts'
import { readProgress, saveProgress, type Learner } from '../../workshop/learner.ts'
import { stepId } from '../../workshop/progress.ts'
import { endLeftJobs, runCheck, type CheckResult } from '../../workshop/run-check.ts'
import {
  decideWatch,
  openWatch,
  stepOfState,
  type WatchCommand,
  type WatchEvent,
  type WatchState,
} from '../../workshop/watch-state.ts'
import { checkingProcess } from '../../workshop/workshop-locks.ts'
import { HeldScreen, type ScreenTerminal } from '../held-screen.ts'
import type { ReadSource } from './check-lines.ts'
import { watchFrame, type WatchFrame } from './watch-lines.ts'

/** An editor writes a file in several steps. */
const SETTLE_MS = 80
const LEAVE_LIMIT_MS = 10_000

/** When each of the exercise's files was last written, ms. */
type Times = ReadonlyMap<string, number>

function timesOf(folder: string, files: readonly string[]): Times {
  return new Map(
    files.map((file) => {
      const found = statSync(join(folder, file), { throwIfNoEntry: false })
      return [file, found?.mtimeMs ?? 0] as const
    }),
  )
}

function isNewer(now: Times, before: Times): boolean {
  return [...now].some(([file, at]) => before.get(file) !== at)
}

class WatchLoop {
  readonly #learner: Learner
  readonly #readSource: ReadSource
  readonly #screen: HeldScreen
  readonly #left: Promise<void>
  #leave = (): void => undefined
  #state: WatchState
  #frame: WatchFrame = { lines: [], scroll: 0, scrollMax: 0, pageRows: 1 }
  #session: Promise<Session> | undefined
  #check = new AbortController()
  #watcher: FSWatcher | undefined
  #times: Times = new Map()
  #settle: NodeJS.Timeout | undefined
  #isSaved = true

  constructor(learner: Learner, terminal: ScreenTerminal, readSource: ReadSource) {
    this.#learner = learner
    this.#readSource = readSource
    this.#screen = new HeldScreen(terminal, {
      press: (key) => this.#take({ kind: 'key', key, frame: this.#frame }),
      redraw: () => this.#draw(),
    })
    this.#state = openWatch(learner.workshop, learner.progress)
    this.#left = new Promise((resolve) => (this.#leave = resolve))
  }

  /** Resolves when the learner has left and the terminal is as it was. */
  async run(): Promise<void> {
    this.#screen.open()
    this.#watch()
    this.#draw()
    this.#warmUp()
    await this.#left
    this.#screen.close()
  }

  #take(event: WatchEvent): void {
    this.#readSteps()
    const [state, commands] = decideWatch(this.#state, event)
    this.#state = state
    for (const command of commands) this.#do(command)
    this.#draw()
  }

  #draw(): void {
    const { folder } = this.#learner.project
    this.#frame = watchFrame(this.#state, { ...this.#screen.size, folder, readSource: this.#readSource })
    this.#screen.paint(this.#frame.lines)
  }

  #do(command: WatchCommand): void {
    switch (command) {
      case 'check':
        return void this.#runCheck()
      case 'abort-check':
        return this.#check.abort(new Error('the check is not wanted any more'))
      case 'save':
        this.#learner.progress = this.#state.progress
        return this.#saveProgress()
      case 'watch':
        return this.#watch()
      case 'reset':
        return this.#reset()
      case 'quit':
        return void this.#quit()
    }
  }

  /** `flinkts workshop check` and others write them beside us. */
  #readSteps(): void {
    if (!this.#isSaved) return
    try {
      const kept = readProgress(this.#learner.project.folder)
      if (kept === undefined) return
      ;[this.#state] = decideWatch(this.#state, { kind: 'steps', steps: kept.steps })
      this.#learner.progress = this.#state.progress
    } catch {
      // somebody edits the file: what we know is written over it
    }
  }

  #saveProgress(): void {
    this.#isSaved = false
    try {
      saveProgress(this.#learner)
      this.#isSaved = true
    } catch (error) {
      const text = `the progress is not written: ${(error as Error).message}`
      setImmediate(() => this.#take({ kind: 'notice', text }))
    }
  }

  get #exerciseFolder(): string | undefined {
    const step = stepOfState(this.#state)
    return step.kind === 'exercise' ? exerciseFolder(this.#learner.project, step.exercise) : undefined
  }

  #currentTimes(): Times {
    const step = stepOfState(this.#state)
    const folder = this.#exerciseFolder
    return step.kind === 'exercise' && folder !== undefined ? timesOf(folder, shippedFiles(step.exercise)) : new Map()
  }

  /** The folder, not its files: editors write a new file and rename it. */
  #watch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    const folder = this.#exerciseFolder
    if (folder === undefined) return
    this.#times = this.#currentTimes()
    try {
      this.#watcher = watch(folder, { recursive: true }, () => this.#changed())
      this.#watcher.on('error', () => this.#cannotWatch())
    } catch {
      this.#cannotWatch()
    }
  }

  #cannotWatch(): void {
    const text = 'the folder of the exercise cannot be watched: c checks it, r brings its files back'
    setImmediate(() => this.#take({ kind: 'notice', text }))
  }

  #changed(): void {
    clearTimeout(this.#settle)
    this.#settle = setTimeout(() => {
      const now = this.#currentTimes()
      if (!isNewer(now, this.#times)) return
      this.#times = now
      this.#take({ kind: 'saved' })
    }, SETTLE_MS)
  }

  /** Kafka, Postgres and the TaskManagers start while the learner reads, and presses keys that are answered. */
  #warmUp(): void {
    const say = (text: string): void => this.#take({ kind: 'notice', text })
    const starting = 'starting Kafka and PostgreSQL …'
    say(starting)
    this.#openSession()
      .then((session) => session.startServices({ services: ['kafka', 'postgres'] }))
      .then(({ notices }) => {
        this.#take({ kind: 'notice-over', text: starting })
        if (notices.length > 0) say(notices.join('; '))
      })
      .catch((error: Error) => say(error.message))
  }

  /** The session that is held; a new one where it was ended meanwhile. */
  #openSession(): Promise<Session> {
    this.#session ??= openSession(this.#learner.project).then(
      (session) => {
        session.lost.catch(() => (this.#session = undefined))
        return session
      },
      (error: unknown) => {
        this.#session = undefined
        throw error
      },
    )
    return this.#session
  }

  async #runCheck(): Promise<void> {
    const step = stepOfState(this.#state)
    if (step.kind !== 'exercise') return
    this.#check = new AbortController()
    const { signal } = this.#check
    const { project } = this.#learner
    const waits = (text: string): void => this.#take({ kind: 'notice', text })
    let result: CheckResult | undefined
    try {
      const session = await this.#openSession()
      const folder = exerciseFolder(project, step.exercise)
      result = await runCheck({ project, session, exercise: step.exercise, folder, signal, waits })
    } catch (error) {
      if (!signal.aborted) result = { kind: 'error', error: error as Error, durationMs: 0, notes: [], notices: [] }
    }
    this.#take({ kind: 'ended', step: stepId(step), result })
  }

  #reset(): void {
    const step = stepOfState(this.#state)
    if (step.kind !== 'exercise') return
    const files = resetExercise(this.#learner.project, step.exercise)
    // what we have written ourselves is not what the learner saved
    this.#watch()
    const kept = files.flatMap((each) => each.kept ?? [])
    const what =
      files.length === 0
        ? 'everything is as it was shipped'
        : `back as shipped: ${files.map(({ file }) => file).join(', ')}`
    const notice = kept.length === 0 ? what : `${what}; yours: ${kept.join(', ')}`
    setImmediate(() => this.#take({ kind: 'reset', notice }))
  }

  /** A second time: at once. */
  async #quit(): Promise<void> {
    if (this.#check.signal.aborted && this.#watcher === undefined) return this.#leave()
    this.#check.abort(new Error('the learner leaves'))
    this.#watcher?.close()
    this.#watcher = undefined
    clearTimeout(this.#settle)
    const session = await this.#session?.catch(() => undefined)
    if (session !== undefined) {
      const signal = AbortSignal.timeout(LEAVE_LIMIT_MS)
      const { project } = this.#learner
      // those of a check in another terminal are still wanted; `flinkts jobs list` shows what is left
      const isOurs = [undefined, process.pid].includes(checkingProcess(project))
      if (isOurs) await endLeftJobs({ project, session, signal }).catch(() => undefined)
      session.release()
    }
    this.#leave()
  }
}

/** Until the learner leaves. */
export function watchWorkshop(
  learner: Learner,
  readSource: ReadSource,
  terminal: ScreenTerminal = { input: process.stdin, output: process.stdout },
): Promise<void> {
  return new WatchLoop(learner, terminal, readSource).run()
}
