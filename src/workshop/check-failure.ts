/** What a check says when the learner's work is not right yet. Thrown by the Lab, shown to the learner. */
export class CheckFailure extends Error {
  readonly seen: string
  readonly because: string

  constructor(seen: string, because: string) {
    super(`${seen}\n${because}`)
    this.name = 'CheckFailure'
    this.seen = seen
    this.because = because
  }
}
