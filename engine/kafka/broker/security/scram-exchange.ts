// The server's side of SCRAM (RFC 5802, section 5 and 7):
//
//   client first   n,[a=<authorization id>],n=<user name>,r=<client nonce>[,extensions]
//   server first   r=<client nonce><server nonce>,s=<salt>,i=<iterations>
//   client final   c=<channel binding>,r=<nonce>[,extensions],p=<proof>
//   server final   v=<signature>
//
// No channel binding (mechanisms with -PLUS). A failure says nothing about whether the user exists.
import { isClientProof, serverSignature, type ScramCredential, type ScramMechanism } from '../../protocol/scram.ts'
import type { SaslExchange, SaslStep } from './sasl-exchange.ts'

export interface ScramExchangeOptions {
  readonly mechanism: ScramMechanism
  readonly credentialOf: (userName: string) => ScramCredential | undefined
  /** Fresh for each exchange: printable ASCII without a comma. */
  readonly serverNonce: string
}

interface ClientFirst {
  readonly bare: string
  readonly gs2Header: string
  readonly authorizationId: string
  readonly userName: string
  readonly nonce: string
}

const clientFirstShape =
  /^(n,(?:a=((?:[^=,\0]|=2C|=3D)+))?,)((?:m=[^,\0]+,)?n=((?:[^=,\0]|=2C|=3D)+),r=([\x21-\x2b\x2d-\x7e]+)((?:,[A-Za-z]+=[^,\0]+)*))$/
const clientFinalShape = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]+=[^,\0]+)*?),p=([A-Za-z0-9+/=]+)$/

export class ScramExchange implements SaslExchange {
  private readonly options: ScramExchangeOptions
  private begun:
    { readonly first: ClientFirst; readonly serverFirst: string; readonly credential: ScramCredential } | undefined

  constructor(options: ScramExchangeOptions) {
    this.options = options
  }

  respond(token: Uint8Array): SaslStep {
    const message = Buffer.from(token).toString('utf8')
    return this.begun === undefined ? this.firstMessage(message) : this.finalMessage(message)
  }

  private firstMessage(message: string): SaslStep {
    const { credentialOf, serverNonce } = this.options
    const first = parseClientFirst(message)
    const credential = first && credentialOf(first.userName)
    if (first === undefined || credential === undefined) return this.failed()
    if (first.authorizationId !== '' && first.authorizationId !== first.userName)
      return {
        kind: 'failed',
        message: 'Authentication failed: Client requested an authorization id that is different from username',
      }
    const salt = Buffer.from(credential.salt).toString('base64')
    const serverFirst = `r=${first.nonce}${serverNonce},s=${salt},i=${credential.iterations}`
    this.begun = { first, serverFirst, credential }
    return { kind: 'challenge', token: Buffer.from(serverFirst, 'utf8') }
  }

  private finalMessage(message: string): SaslStep {
    const { mechanism, serverNonce } = this.options
    const { first, serverFirst, credential } = this.begun!
    const [, withoutProof, binding, nonce, proof] = clientFinalShape.exec(message) ?? []
    // Ends with, as in Kafka: older librdkafka puts its own nonce before the whole one once more. The proof is made
    // over what was sent.
    if (withoutProof === undefined || !nonce!.endsWith(first.nonce + serverNonce)) return this.failed()
    // Kafka's own client sends the header of an exchange without authorization id, whatever it began with.
    const bound = Buffer.from(binding!, 'base64').toString('utf8')
    if (bound !== first.gs2Header && bound !== 'n,,') return this.failed()
    const authMessage = `${first.bare},${serverFirst},${withoutProof}`
    if (!isClientProof(mechanism, credential, authMessage, Buffer.from(proof!, 'base64'))) return this.failed()
    const signature = Buffer.from(serverSignature(mechanism, credential, authMessage)).toString('base64')
    return { kind: 'done', token: Buffer.from(`v=${signature}`, 'utf8'), userName: first.userName }
  }

  private failed(): SaslStep {
    const { mechanism } = this.options
    return {
      kind: 'failed',
      message: `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`,
    }
  }
}

function parseClientFirst(message: string): ClientFirst | undefined {
  const [, gs2Header, authorizationId = '', bare, saslName, nonce, extensions] = clientFirstShape.exec(message) ?? []
  if (gs2Header === undefined) return undefined
  // The name is the id of a delegation token then (KIP-48): there are none here.
  if (extensions!.split(',').includes('tokenauth=true')) return undefined
  return {
    bare: bare!,
    gs2Header,
    authorizationId: unescapeSaslName(authorizationId),
    userName: unescapeSaslName(saslName!),
    nonce: nonce!,
  }
}

function unescapeSaslName(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}
