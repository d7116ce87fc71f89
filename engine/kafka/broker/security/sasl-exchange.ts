// What a SASL mechanism is to the authenticator: a machine over the client's tokens, without sockets and clocks.

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
