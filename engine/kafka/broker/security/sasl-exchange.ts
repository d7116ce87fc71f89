// What a SASL mechanism is to the authenticator: a machine over the client's tokens, without sockets and clocks.

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export type SaslMechanism = (typeof saslMechanisms)[number]

export function isSaslMechanism(name: string): name is SaslMechanism {
  return (saslMechanisms as readonly string[]).includes(name)
}

export type SaslStep =
  /** More tokens are needed. */
  | { readonly kind: 'challenge'; readonly token: Uint8Array }
  | { readonly kind: 'done'; readonly token: Uint8Array; readonly userName: string }
  /** `message` is for the client: it never tells whether the user exists. */
  | { readonly kind: 'failed'; readonly message: string }

export interface SaslExchange {
  /** Called with each token of the client until the step is `done` or `failed`; not after that. */
  respond(token: Uint8Array): SaslStep
}
