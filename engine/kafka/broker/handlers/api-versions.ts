// ApiVersions: what this broker speaks. Asked in a version that it does not know, it answers in version 0 (KIP-511).
import { errorCode, type Handler } from '../broker-services.ts'
import type { ApiVersionsRequest, ResponseInputByApi } from '../../protocol/schemas.ts'

export interface AdvertisedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

const softwareNameShape = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** Clients of KIP-890 use the second part of it only where this says so. */
const transactionVersion = { name: 'transaction.version', level: 2 } as const
/** Before version 4 clients must not hear of features that may be switched off: the least level is 1 to them. */
const levelZeroKnownFrom = 4

export function apiVersionsHandler(advertised: () => readonly AdvertisedApi[]): Handler<'ApiVersions'> {
  return (_services, request, { version }) => {
    if (!isApiVersionsRequestValid(request, version)) return { errorCode: errorCode('INVALID_REQUEST'), apiKeys: [] }
    const { name, level } = transactionVersion
    return {
      errorCode: 0,
      apiKeys: advertised(),
      supportedFeatures: [{ name, minVersion: version < levelZeroKnownFrom ? 1 : 0, maxVersion: level }],
      finalizedFeaturesEpoch: 0n,
      finalizedFeatures: [{ name, minVersionLevel: level, maxVersionLevel: level }],
    }
  }
}

export function isApiVersionsRequestValid(request: ApiVersionsRequest, version: number): boolean {
  const { clientSoftwareName, clientSoftwareVersion } = request
  return version < 3 || (softwareNameShape.test(clientSoftwareName) && softwareNameShape.test(clientSoftwareVersion))
}

/** The answer, in version 0, to an ApiVersions request of an unknown version. */
export function unknownApiVersionsVersion(own: AdvertisedApi): ResponseInputByApi['ApiVersions'] {
  return { errorCode: errorCode('UNSUPPORTED_VERSION'), apiKeys: [own] }
}
