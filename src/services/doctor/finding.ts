// What a check found, and what to do about it.

export interface Finding {
  /** `node`, `port 9092`, `topic rides` */
  readonly check: string
  /** `warning`: works, but not as one would think. `broken`: something asked for cannot work. */
  readonly state: 'ok' | 'warning' | 'broken'
  readonly message: string
  /** One imperative sentence; only where there is something to do. */
  readonly fix?: string | undefined
}

export const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message })
export const warning = (check: string, message: string, fix: string): Finding => ({
  check,
  state: 'warning',
  message,
  fix,
})
export const broken = (check: string, message: string, fix: string): Finding => ({
  check,
  state: 'broken',
  message,
  fix,
})

/** Something that threw, with its first cause. */
export function failed(check: string, error: unknown, fix = 'see the message'): Finding {
  const { message, fix: known } = error as { message?: string; fix?: string }
  return broken(check, message ?? String(error), known ?? fix)
}
