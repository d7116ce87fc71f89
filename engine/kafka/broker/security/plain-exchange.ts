// SASL PLAIN (RFC 4616): one message, `[authorization id] NUL user name NUL password`.
import type { SaslExchange, SaslStep } from './sasl-exchange.ts'

export class PlainExchange implements SaslExchange {
  private readonly isPassword: (userName: string, password: string) => boolean

  /** `isPassword` compares in constant time. */
  constructor(isPassword: (userName: string, password: string) => boolean) {
    this.isPassword = isPassword
  }

  respond(token: Uint8Array): SaslStep {
    const parts = Buffer.from(token).toString('utf8').split('\0')
    if (parts.length !== 3) return failed(`expected 3 tokens, got ${Math.min(parts.length, 4)}`)
    const [authorizationId, userName, password] = parts as [string, string, string]
    if (userName === '') return failed('username not specified')
    if (password === '') return failed('password not specified')
    if (!this.isPassword(userName, password)) return failed('Invalid username or password')
    if (authorizationId !== '' && authorizationId !== userName)
      return failed('Client requested an authorization id that is different from username')
    return { kind: 'done', token: new Uint8Array(0), userName }
  }
}

function failed(reason: string): SaslStep {
  return { kind: 'failed', message: `Authentication failed: ${reason}` }
}
