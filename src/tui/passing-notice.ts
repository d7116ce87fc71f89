// What was done is told for ten seconds: then the line is the tab's again. What goes on, or went wrong, stays.

const NOTICE_MS = 10_000

export class PassingNotice {
  readonly #monotonicMs: () => number
  #text: string | undefined
  #endsAt = 0

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** From now on this one passes. */
  say(text: string): string {
    this.#text = text
    this.#endsAt = this.#monotonicMs() + NOTICE_MS
    return text
  }

  /** The notice that stands, or nothing if it is one that has passed. */
  left(notice: string): string {
    return notice === this.#text && this.#monotonicMs() >= this.#endsAt ? '' : notice
  }
}
