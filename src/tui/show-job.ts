// Shows a job's screen until the job ends or the user leaves. The screen keeps no truth: it asks the REST API at most twice a
// second, one round after the other, and draws at most four times a second, only lines that changed.
import { renderReplayProgress } from '../output/replay-lines.ts'
import { readJobs } from '../services/job-view/job-view.ts'
import { readJobTopics } from '../services/job-view/topics-view.ts'
import { newProgress, type ReplayProgress } from '../services/replay/replay-topic.ts'
import { HeldScreen, type ScreenTerminal } from './held-screen.ts'
import { jobScreen, type Frame } from './job-screen-lines.ts'
import { PassingNotice } from './passing-notice.ts'
import { RedrawBudget } from './redraw-budget.ts'
import { pressKey, type ScreenAction } from './screen-keys.ts'
import { ScreenReader } from './screen-reader.ts'
import { initialState, NO_DATA, type ScreenState } from './screen-state.ts'

const REFRESH_MS = 500
const LOG_LINES_MAX = 500

export interface JobScreenHandle {
  log(line: string): void
  /** Takes the screen away and gives the terminal back. */
  close(): void
}

export interface ReplayRequest {
  readonly topic: string
  readonly bootstrapServers: string
  readonly from: string
  readonly speed: string
  readonly signal: AbortSignal
  readonly progress: ReplayProgress
}

export interface ShowJobOptions {
  readonly restAddress: string
  readonly jobId: string
  /** Somebody else runs the job: `quit` only leaves it. */
  readonly isWatched: boolean
  /** q and Ctrl-C: stop the job that the command runs, or leave it. Called again for a second Ctrl-C. */
  readonly quit: () => void
  /** Of the job that is shown. They give a line that says what was done. */
  readonly stop: (jobId: string) => Promise<string>
  readonly cancel: (jobId: string) => Promise<string>
  readonly savepoint: (jobId: string) => Promise<string>
  readonly replay: (request: ReplayRequest) => Promise<string>
}

interface RunningReplay {
  readonly abort: AbortController
  readonly progress: ReplayProgress
  readonly startedMs: number
}

const monotonicMs = (): number => performance.now()

class JobScreen {
  readonly #options: ShowJobOptions
  readonly #screen: HeldScreen
  readonly #budget = new RedrawBudget(monotonicMs)
  readonly #passing = new PassingNotice(monotonicMs)
  #jobId: string
  #reader: ScreenReader
  #state: ScreenState
  #frame: Frame = { lines: [], scrollMax: 0, pageRows: 1 }
  #output: readonly string[] = []
  #isQuitting = false
  #isReading = false
  #isClosed = false
  #readAt = -Infinity
  #readTimer: NodeJS.Timeout | undefined
  #drawTimer: NodeJS.Timeout | undefined
  #replay: RunningReplay | undefined

  constructor(options: ShowJobOptions, terminal: ScreenTerminal) {
    this.#options = options
    this.#jobId = options.jobId
    this.#reader = this.#newReader()
    this.#screen = new HeldScreen(terminal, {
      press: (key) => this.#press(key),
      redraw: () => this.#update(this.#screen.size),
    })
    this.#state = initialState({ isWatched: options.isWatched, ...this.#screen.size })
  }

  open(): void {
    this.#screen.open()
    this.#draw()
    void this.#refresh()
  }

  log(line: string): void {
    this.#output = [...this.#output, ...line.split('\n')].slice(-LOG_LINES_MAX)
  }

  close(): void {
    this.#isClosed = true
    this.#replay?.abort.abort()
    clearTimeout(this.#readTimer)
    clearTimeout(this.#drawTimer)
    this.#screen.close()
  }

  #newReader(): ScreenReader {
    return new ScreenReader({ address: this.#options.restAddress, jobId: this.#jobId, monotonicMs })
  }

  #update(change: Partial<ScreenState>): void {
    this.#state = { ...this.#state, ...change }
    this.#draw()
  }

  #draw(): void {
    if (this.#isClosed || !this.#screen.isHeld || this.#drawTimer !== undefined) return
    const waitMs = this.#budget.take()
    if (waitMs > 0) {
      this.#drawTimer = setTimeout(() => {
        this.#drawTimer = undefined
        this.#draw()
      }, waitMs)
      return
    }
    this.#frame = jobScreen(this.#state)
    this.#screen.paint(this.#frame.lines)
  }

  /** The next round begins half a second after this one did, or when this one is over. */
  async #refresh(): Promise<void> {
    if (this.#isReading || this.#isClosed) return
    this.#isReading = true
    this.#readAt = monotonicMs()
    const reader = this.#reader
    try {
      const news = await reader.read(this.#state)
      if (reader === this.#reader) this.#take(news)
    } catch (error) {
      this.#update({ notice: this.#passing.say(error instanceof Error ? error.message : String(error)) })
    }
    this.#isReading = false
    this.#readSoon()
  }

  #readSoon(): void {
    if (this.#isClosed) return
    clearTimeout(this.#readTimer)
    this.#readTimer = setTimeout(() => void this.#refresh(), Math.max(0, this.#readAt + REFRESH_MS - monotonicMs()))
  }

  #take(news: Partial<ScreenState['data']>): void {
    const { data, logSource, tab, notice } = this.#state
    const own = tab === 'logs' && logSource === 'output' ? { log: this.#output } : {}
    const replay = this.#replay
    const waited = data.job === undefined && news.job !== undefined
    // without a job the notice is all that is shown
    const left = data.job === undefined ? notice : this.#passing.left(notice)
    const said = replay === undefined ? (waited ? '' : left) : this.#replayText(replay)
    this.#update({ data: { ...data, ...news, ...own }, notice: said })
  }

  #replayText({ progress, startedMs }: RunningReplay): string {
    return `replay: ${renderReplayProgress(progress, monotonicMs() - startedMs)}; r ends it`
  }

  #press(key: string): void {
    const { tab, logSource, openCheckpoint, pane } = this.#state
    const { state, action } = pressKey(this.#state, key, this.#frame)
    this.#state = state
    if (state.tab !== tab || state.pane !== pane) this.#reader.hurry()
    const isOther = state.tab !== tab || state.logSource !== logSource || state.openCheckpoint !== openCheckpoint
    if (state.logSource !== logSource) this.#state = { ...state, data: { ...state.data, log: [] } }
    if (isOther && !this.#isReading) this.#readSoon()
    if (action !== undefined) this.#do(action)
    this.#draw()
  }

  #do(action: ScreenAction): void {
    const { stop, cancel, savepoint, isWatched, jobId } = this.#options
    switch (action.kind) {
      case 'quit':
        return this.#quit(action.atOnce)
      case 'stop':
        if (!isWatched && this.#jobId === jobId) return this.#quit(false)
        return this.#tell('stopping with a savepoint …', stop(this.#jobId))
      case 'savepoint':
        return this.#tell('taking a savepoint …', savepoint(this.#jobId))
      case 'cancel':
        return this.#tell('cancelling …', cancel(this.#jobId))
      case 'next-job':
        return this.#tell('looking for other jobs …', this.#nextJob())
      case 'ask-replay':
        return this.#tell('looking up topics …', this.#askReplay())
      case 'end-replay':
        return this.#replay?.abort.abort()
      case 'replay':
        return this.#startReplay(action)
    }
  }

  #quit(atOnce: boolean): void {
    if (this.#isQuitting && !atOnce) return
    this.#isQuitting = true
    if (!this.#options.isWatched) this.#update({ notice: 'stopping with a savepoint … (Ctrl-C leaves at once)' })
    this.#options.quit()
  }

  /** What is being done, then what came of it. */
  #tell(doing: string, outcome: Promise<string>): void {
    this.#update({ notice: doing })
    outcome.then(
      (notice) => this.#update({ notice: this.#passing.say(notice) }),
      (error: Error) => this.#update({ notice: error.message }),
    )
  }

  async #nextJob(): Promise<string> {
    const jobs = await readJobs(this.#options.restAddress)
    const at = jobs.findIndex(({ id }) => id === this.#jobId)
    const next = jobs[(at + 1) % jobs.length]
    if (next === undefined || next.id === this.#jobId) return 'the session has no other job'
    this.#jobId = next.id
    this.#reader = this.#newReader()
    const { tab } = this.#state
    const { isWatched, columns, rows } = this.#state
    this.#update({ ...initialState({ isWatched, columns, rows }), tab, data: NO_DATA, logSource: 'job' })
    return `waiting for ${next.name} …`
  }

  async #askReplay(): Promise<string> {
    const { topics } = await readJobTopics(this.#options.restAddress, this.#jobId)
    const read = topics.filter(({ role }) => role === 'source')
    if (read.length === 0) return 'the job reads no topic: there is nothing to replay'
    this.#update({ prompt: { kind: 'replay', topics: read, chosen: 0, text: '' } })
    return ''
  }

  #startReplay({ topic, from, speed }: Extract<ScreenAction, { kind: 'replay' }>): void {
    const abort = new AbortController()
    const replay = { abort, progress: newProgress(), startedMs: monotonicMs() }
    this.#replay = replay
    this.#update({ isReplaying: true, notice: this.#replayText(replay) })
    const { name, bootstrapServers } = topic
    const request = { topic: name, bootstrapServers, from, speed, signal: abort.signal, progress: replay.progress }
    const end = (notice: string): void => {
      this.#replay = undefined
      this.#update({ isReplaying: false, notice })
    }
    this.#options.replay(request).then(
      (done) => end(this.#passing.say(done)),
      (error: Error) => end(`replay: ${error.message}`),
    )
  }
}

export function showJob(
  options: ShowJobOptions,
  terminal: ScreenTerminal = { input: process.stdin, output: process.stdout },
): JobScreenHandle {
  const screen = new JobScreen(options, terminal)
  screen.open()
  return screen
}
