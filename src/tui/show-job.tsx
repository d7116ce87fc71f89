// Shows a job's screen until the job ends or the user leaves. The screen keeps no truth: it asks the REST API twice a
// second and draws only when something changed.
import { render } from 'ink'
import { readJobView, type JobView } from '../services/job-view.ts'
import { JobScreen } from './job-screen.tsx'
import type { ScreenState } from './job-screen-lines.ts'

const REFRESH_MS = 500
const LOG_LINES_MAX = 100

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
    notice,
    columns: process.stdout.columns ?? 80,
    rows: (process.stdout.rows ?? 24) - 1,
  })
  const onKey = (key: string): void => {
    if (key === '?') help = !help
    else if (key === 'ctrl-c' || (key === 'q' && !stopping)) {
      stopping = true
      notice = 'stopping with a savepoint … (Ctrl-C leaves at once)'
      options.onStop()
    } else if (key === 'c') {
      notice = 'cancelling …'
      options.onCancel()
    } else return
    draw()
  }
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
  process.stdout.on('resize', draw)
  void refresh()
  return {
    log(line) {
      log = [...log, line].slice(-LOG_LINES_MAX)
    },
    close() {
      closed = true
      clearInterval(timer)
      process.stdout.off('resize', draw)
      screen.unmount()
    },
  }
}
