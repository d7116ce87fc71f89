/** An error with the HTTP status it should be answered with. */
export class HttpStatusError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'HttpStatusError'
    this.status = status
    this.headers = headers
  }
}
