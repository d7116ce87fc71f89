// SaslHandshake where nobody has to log in, or somebody has a moment ago: see sasl-authenticate.ts. The connection stays open.
import { errorCode, type Handler } from '../broker-services.ts'

export const saslHandshake: Handler<'SaslHandshake'> = () => ({
  errorCode: errorCode('ILLEGAL_SASL_STATE'),
  mechanisms: [],
})
