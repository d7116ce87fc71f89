// SaslAuthenticate where nobody has to log in, or somebody has already. A login itself is the authenticator's work
// (security/sasl-authenticator.ts).
import { errorCode, type Handler } from '../broker-services.ts'

export const saslAuthenticate: Handler<'SaslAuthenticate'> = () => ({
  errorCode: errorCode('ILLEGAL_SASL_STATE'),
  errorMessage: 'SaslAuthenticate request received without a SaslHandshake before it',
  authBytes: new Uint8Array(0),
})
