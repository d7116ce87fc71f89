// Logs one connection in: frames of a SASL listener → what to answer, until somebody is known. A machine over frames,
// without sockets and clocks; the states are those of Kafka's SaslServerAuthenticator.
//
//   start ──ApiVersions──► versioned ──SaslHandshake──► exchange ──tokens──► authenticated
//     └──────────────────SaslHandshake──────────────────►
//
// After SaslHandshake v0 tokens travel as bare frames, after v1 inside SaslAuthenticate (KIP-43, KIP-152). Anything else
// before the end of it closes the connection. A later SaslHandshake logs in anew (KIP-368): the same user by the same
// mechanism, not more than once a second.
import { decodeRequestBody, decodeRequestHeader, encodeResponse, type RequestFrame } from '../../protocol/messages.ts'
import { apis, type ResponseInputByApi } from '../../protocol/schemas.ts'
import { errorCode } from '../broker-services.ts'
import { isApiVersionsRequestValid } from '../handlers/api-versions.ts'
import type { SaslMechanism } from '../../protocol/sasl-mechanisms.ts'
import type { SaslExchange, SaslStep } from './sasl-exchange.ts'

export interface SaslAuthenticatorOptions {
  /** Those that are on, in the order in which clients are told of them. */
  readonly mechanisms: readonly SaslMechanism[]
  readonly newExchange: (mechanism: SaslMechanism) => SaslExchange
}

export type SaslOutcome =
  | { readonly kind: 'answer'; readonly chunks: readonly Uint8Array[] }
  /** An ApiVersions request: answered as on any listener. */
  | { readonly kind: 'pass' }
  /** The answer, if there is one, is sent late (it must not be cheap to guess), then the connection is closed. */
  | { readonly kind: 'refuse'; readonly chunks: readonly Uint8Array[] }

type State =
  | { readonly kind: 'start' }
  | { readonly kind: 'versioned' }
  | {
      readonly kind: 'exchange'
      readonly mechanism: SaslMechanism
      readonly exchange: SaslExchange
      readonly isFramed: boolean
    }
  | { readonly kind: 'authenticated' }

const closed: SaslOutcome = { kind: 'refuse', chunks: [] }
const reauthenticationIntervalMs = 1000

export class SaslAuthenticator {
  private readonly options: SaslAuthenticatorOptions
  private state: State = { kind: 'start' }
  private known: { readonly userName: string; readonly mechanism: SaslMechanism } | undefined
  private reauthenticatedMs = -Infinity

  constructor(options: SaslAuthenticatorOptions) {
    this.options = options
  }

  get isAuthenticated(): boolean {
    return this.state.kind === 'authenticated'
  }

  /** Undefined until somebody has logged in. */
  get userName(): string | undefined {
    return this.known?.userName
  }

  /** Whether a SaslHandshake of an authenticated connection begins a login; where not, it is answered like any request. */
  mayBeginAgain(nowMonotonicMs: number): boolean {
    if (nowMonotonicMs - this.reauthenticatedMs < reauthenticationIntervalMs) return false
    this.reauthenticatedMs = nowMonotonicMs
    this.state = { kind: 'versioned' }
    return true
  }

  /** Frames are asked for one at a time. Throws KAFKA_PROTOCOL for what is no request. */
  receive(frame: Uint8Array): SaslOutcome {
    const { state } = this
    if (state.kind === 'exchange' && !state.isFramed) return this.bareToken(frame, state.exchange)
    const header = decodeRequestHeader(frame)
    return state.kind === 'exchange' ? this.token(header, frame, state.exchange) : this.handshake(header, frame)
  }

  private handshake(header: RequestFrame, frame: Uint8Array): SaslOutcome {
    const { api, apiVersion: version, correlationId, bodyPosition } = header
    if (api === 'ApiVersions') return this.apiVersions(header, frame)
    if (api !== 'SaslHandshake' || !isSpoken(api, version)) return closed
    const { mechanism: asked } = decodeRequestBody(api, version, frame, bodyPosition)
    const { mechanisms, newExchange } = this.options
    const mechanism = mechanisms.find((name) => name === asked)
    const answer = (error: 'NONE' | 'UNSUPPORTED_SASL_MECHANISM'): Uint8Array[] =>
      encodeResponse(api, version, correlationId, { errorCode: errorCode(error), mechanisms })
    if (mechanism === undefined) return { kind: 'refuse', chunks: answer('UNSUPPORTED_SASL_MECHANISM') }
    if (this.known !== undefined && this.known.mechanism !== mechanism) return closed
    this.state = { kind: 'exchange', mechanism, exchange: newExchange(mechanism), isFramed: version >= 1 }
    return { kind: 'answer', chunks: answer('NONE') }
  }

  private apiVersions({ apiVersion, bodyPosition }: RequestFrame, frame: Uint8Array): SaslOutcome {
    if (this.state.kind !== 'start') return closed
    // One that is refused may be asked again, in another version.
    if (!isSpoken('ApiVersions', apiVersion)) return { kind: 'pass' }
    const request = decodeRequestBody('ApiVersions', apiVersion, frame, bodyPosition)
    if (isApiVersionsRequestValid(request, apiVersion)) this.state = { kind: 'versioned' }
    return { kind: 'pass' }
  }

  private token(header: RequestFrame, frame: Uint8Array, exchange: SaslExchange): SaslOutcome {
    const { api, apiVersion: version, correlationId, bodyPosition } = header
    if (api === 'SaslHandshake' && isSpoken(api, version)) {
      const answer = { errorCode: errorCode('ILLEGAL_SASL_STATE'), mechanisms: [] }
      return { kind: 'refuse', chunks: encodeResponse(api, version, correlationId, answer) }
    }
    if (api !== 'SaslAuthenticate' || !isSpoken(api, version)) return closed
    const { authBytes } = decodeRequestBody(api, version, frame, bodyPosition)
    const step = this.step(exchange.respond(authBytes))
    const answer: ResponseInputByApi['SaslAuthenticate'] =
      step.kind === 'failed'
        ? {
            errorCode: errorCode('SASL_AUTHENTICATION_FAILED'),
            errorMessage: step.message,
            authBytes: new Uint8Array(0),
          }
        : { errorCode: 0, errorMessage: null, authBytes: step.token, sessionLifetimeMs: 0n }
    const chunks = encodeResponse(api, version, correlationId, answer)
    return { kind: step.kind === 'failed' ? 'refuse' : 'answer', chunks }
  }

  private bareToken(token: Uint8Array, exchange: SaslExchange): SaslOutcome {
    const step = this.step(exchange.respond(token))
    if (step.kind === 'failed') return closed
    const size = Buffer.alloc(4)
    size.writeInt32BE(step.token.length)
    return { kind: 'answer', chunks: [size, step.token] }
  }

  private step(step: SaslStep): SaslStep {
    if (step.kind !== 'done') return step
    const { mechanism } = this.state as Extract<State, { kind: 'exchange' }>
    if (this.known !== undefined && this.known.userName !== step.userName)
      return { kind: 'failed', message: 'Cannot change principals during re-authentication' }
    this.known = { userName: step.userName, mechanism }
    this.state = { kind: 'authenticated' }
    return step
  }
}

function isSpoken(api: 'ApiVersions' | 'SaslHandshake' | 'SaslAuthenticate', version: number): boolean {
  const [first, last] = apis[api].validVersions
  return version >= first && version <= last
}
