// Ctrl-Z of a program that reads keys itself: the terminal does not send the signal then, the program has to. Source: POSIX
// job control.

/** Longer than a signal takes to arrive. */
const NOT_STOPPED_MS = 100

export interface SuspendOptions {
  /** Gives the terminal back as it was. */
  readonly leave: () => void
  /** The program goes on: `fg`. */
  readonly back: () => void
}

/** Stops the program, with whoever started it in the same job of the shell (npx), until the shell continues it. */
export function suspendProcess({ leave, back }: SuspendOptions): void {
  if (process.platform === 'win32') return // there is no job control
  leave()
  let isBack = false
  const goOn = (): void => {
    if (isBack) return
    isBack = true
    process.off('SIGCONT', goOn)
    back()
    process.kill(process.pid, 'SIGWINCH') // the shell had the terminal: of another size only the shell was told
  }
  process.on('SIGCONT', goOn)
  process.kill(0, 'SIGTSTP')
  // where no shell would continue it, a program is not stopped
  setTimeout(goOn, NOT_STOPPED_MS)
}
