// Answers that clients do not take lie in memory. All of them together are bounded: beyond it the connection that has not
// moved for longest is closed, so that those who never read take nothing from those who do.

export interface UnsentAnswer {
  /** Nobody will read it any more. */
  close(reason: string): void
}

const bytesMaxDefault = 256 * 1024 * 1024

export class UnsentAnswers {
  private readonly bytesMax: number
  /** The one that moved longest ago first. */
  private readonly bytesByAnswer = new Map<UnsentAnswer, number>()
  private bytes = 0

  constructor(bytesMax = bytesMaxDefault) {
    this.bytesMax = bytesMax
  }

  get totalBytes(): number {
    return this.bytes
  }

  /** `answer` holds so many bytes, and some of them were taken just now, or it is new. */
  moved(answer: UnsentAnswer, bytes: number): void {
    this.settled(answer)
    this.bytesByAnswer.set(answer, bytes)
    this.bytes += bytes
    for (const oldest of this.bytesByAnswer.keys()) {
      if (this.bytes <= this.bytesMax || oldest === answer) return
      this.settled(oldest)
      oldest.close(`its answers were not taken, and more than ${this.bytesMax} bytes wait for clients`)
    }
  }

  /** `answer` was taken, or never will be. */
  settled(answer: UnsentAnswer): void {
    this.bytes -= this.bytesByAnswer.get(answer) ?? 0
    this.bytesByAnswer.delete(answer)
  }
}
