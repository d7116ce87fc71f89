// SaslHandshake: the listener is plaintext, nobody logs in here. The connection stays open.
import { errorCode, type Handler } from '../broker-services.ts'

export const saslHandshake: Handler<'SaslHandshake'> = () => ({
  errorCode: errorCode('ILLEGAL_SASL_STATE'),
  mechanisms: [],
})
