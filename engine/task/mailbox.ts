// Everything that is not data reaches a subtask as mail: run between two elements, on the subtask's own loop, so that
// operators are never entered concurrently. Source: Flink's MailboxProcessor.

export class Mailbox {
  #mails: (() => void)[] = []
  #signalled = false
  #waiter: (() => void) | undefined

  put(mail: () => void): void {
    this.#mails.push(mail)
    this.wake()
  }

  get hasMail(): boolean {
    return this.#mails.length > 0
  }

  /** Runs what is there now; mail that these put waits for the next round. What a mail throws fails the subtask. */
  runMails(): void {
    const mails = this.#mails
    this.#mails = []
    for (const mail of mails) mail()
  }

  /** Something may have changed (input arrived, credits came, a promise settled): look again. */
  wake(): void {
    this.#signalled = true
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.()
  }

  /** Call before looking whether there is work: a wake from here on makes the next `wait` return at once. */
  clearSignal(): void {
    this.#signalled = false
  }

  async wait(): Promise<void> {
    if (this.#signalled || this.#mails.length > 0) return
    await new Promise<void>((resolve) => (this.#waiter = resolve))
  }
}
