// Shows a job's screen until the job ends or the user leaves. The screen keeps no truth: it asks the REST API twice a
// second and draws only when something changed.
import { render } from 'ink'
import { readJobView, type JobView } from '../services/job-view.ts'
import { JobScreen } from './job-screen.tsx'
import type { ScreenState } from './job-screen-lines.ts'

const REFRESH_MS = 500
const LOG_LINES_MAX = 100

// The terminal's second screen: what was on the first is there again afterwards.
const ENTER_SCREEN = '\x1b[?1049h\x1b[H'
const LEAVE_SCREEN = '\x1b[?1049l'
const CLEAR_SCREEN = '\x1b[2J\x1b[H'

export interface JobScreenHandle {
  log(line: string): void
  /** Takes the screen away and gives the terminal back. */
  close(): void
}

export interface ShowJobOptions {
  readonly restAddress: string
  readonly jobId: string
  /** Called again for a second Ctrl-C. */
  readonly onStop: () => void
  /** Somebody else runs the job: Ctrl-C and q call this instead, and s stops it. */
  readonly onLeave?: (() => void) | undefined
  readonly onCancel: () => void
}

export function showJob(options: ShowJobOptions): JobScreenHandle {
  let job: JobView | undefined
  let log: string[] = []
  let help = false
  let stopping = false
  let notice = 'waiting for the job …'
  const state = (): ScreenState => ({
    job,
    log,
    help,
    isWatched: options.onLeave !== undefined,
    notice,
    columns: process.stdout.columns ?? 80,
    rows: (process.stdout.rows ?? 24) - 1,
  })
  const onKey = (key: string): void => {
    if (key === '?') help = !help
    else if (options.onLeave !== undefined && (key === 'ctrl-c' || key === 'q')) return options.onLeave()
    else if (options.onLeave !== undefined && key === 's') {
      if (stopping) return
      stopping = true
      notice = 'stopping with a savepoint …'
      options.onStop()
    } else if (key === 'ctrl-c' || (key === 'q' && !stopping)) {
      stopping = true
      notice = 'stopping with a savepoint … (Ctrl-C leaves at once)'
      options.onStop()
    } else if (key === 'c') {
      notice = 'cancelling …'
      options.onCancel()
    } else return
    draw()
  }
  process.stdout.write(ENTER_SCREEN)
  const leaveScreen = (): void => void process.stdout.write(LEAVE_SCREEN)
  process.once('exit', leaveScreen) // also when a second Ctrl-C ends the process at once
  const screen = render(<JobScreen state={state()} onKey={onKey} />, { exitOnCtrlC: false })
  const draw = (): void => screen.rerender(<JobScreen state={state()} onKey={onKey} />)
  let closed = false
  const refresh = async (): Promise<void> => {
    try {
      job = await readJobView(options.restAddress, options.jobId)
      if (notice.startsWith('waiting')) notice = ''
    } catch (error) {
      notice = error instanceof Error ? error.message : String(error)
    }
    if (!closed) draw()
  }
  const timer = setInterval(() => void refresh(), REFRESH_MS)
  const redraw = (): void => {
    process.stdout.write(CLEAR_SCREEN) // lines of the former width have wrapped
    screen.clear()
    draw()
  }
  process.stdout.on('resize', redraw)
  void refresh()
  return {
    log(line) {
      log = [...log, line].slice(-LOG_LINES_MAX)
    },
    close() {
      closed = true
      clearInterval(timer)
      process.stdout.off('resize', redraw)
      screen.unmount()
      process.off('exit', leaveScreen)
      leaveScreen()
    },
  }
}
