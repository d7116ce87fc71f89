// How fast something comes, and how long whoever sends it has to wait so that it is not faster than allowed (KIP-13,
// KIP-124): counted in windows of one second, over the last ten whole ones and the present one. What has just begun counts
// as spread over ten seconds, so that ten seconds' worth may come at once.

/** `quota.window.num`, `quota.window.size.seconds` */
const windowsMax = 11
const windowMs = 1000

interface Window {
  readonly startMs: number
  amount: number
}

export class QuotaRate {
  private windows: Window[] = []

  /** Nothing is left of it in any window: it need not be remembered. */
  isIdle(nowMs: number): boolean {
    const last = this.windows.at(-1)
    return last === undefined || nowMs - last.startMs >= windowsMax * windowMs
  }

  /** `amount` has come; how long to wait now, ms. `limit`: per second. */
  record(amount: number, limit: number, nowMs: number): number {
    const last = this.windows.at(-1)
    if (last !== undefined && nowMs - last.startMs < windowMs) last.amount += amount
    else this.windows.push({ startMs: nowMs, amount })
    this.windows = this.windows.filter(({ startMs }) => nowMs - startMs < windowsMax * windowMs)
    const sum = this.windows.reduce((total, window) => total + window.amount, 0)
    const elapsedMs = Math.max(nowMs - this.windows[0]!.startMs, (windowsMax - 1) * windowMs)
    const allowed = (limit * elapsedMs) / 1000
    return sum <= allowed ? 0 : Math.round(((sum - allowed) / allowed) * elapsedMs)
  }
}
