// Delegation tokens (KIP-48): off, as in a Kafka without `delegation.token.secret.key`. Whoever is not known by password or
// certificate is told that he may not even ask.
import { errorCode, type Handler, type RequestContext } from '../broker-services.ts'

const noTime = -1n

export const createDelegationToken: Handler<'CreateDelegationToken'> = (_services, _request, context) => ({
  errorCode: refusal(context),
  principalType: 'User',
  principalName: principalName(context),
  ...(context.version >= 3
    ? { tokenRequesterPrincipalType: 'User', tokenRequesterPrincipalName: principalName(context) }
    : {}),
  issueTimestampMs: noTime,
  expiryTimestampMs: noTime,
  maxTimestampMs: noTime,
  tokenId: '',
  hmac: new Uint8Array(0),
  throttleTimeMs: 0,
})

export const renewDelegationToken: Handler<'RenewDelegationToken'> = (_services, _request, context) => ({
  errorCode: refusal(context),
  expiryTimestampMs: noTime,
  throttleTimeMs: 0,
})

export const expireDelegationToken: Handler<'ExpireDelegationToken'> = (_services, _request, context) => ({
  errorCode: refusal(context),
  expiryTimestampMs: noTime,
  throttleTimeMs: 0,
})

export const describeDelegationToken: Handler<'DescribeDelegationToken'> = (_services, _request, context) => ({
  errorCode: refusal(context),
  tokens: [],
  throttleTimeMs: 0,
})

function refusal({ principal }: RequestContext): number {
  return errorCode(principal === undefined ? 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED' : 'DELEGATION_TOKEN_AUTH_DISABLED')
}

function principalName({ principal }: RequestContext): string {
  return principal ?? 'ANONYMOUS'
}
