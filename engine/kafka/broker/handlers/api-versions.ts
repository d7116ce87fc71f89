// ApiVersions: what this broker speaks. Asked in a version that it does not know, it answers in version 0 (KIP-511).
import { errorCode, type Handler } from '../broker-services.ts'
import { featuresForVersion } from '../features.ts'
import type { ApiVersionsRequest, ResponseInputByApi } from '../../protocol/schemas.ts'

export interface AdvertisedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

const softwareNameShape = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export function apiVersionsHandler(advertised: () => readonly AdvertisedApi[]): Handler<'ApiVersions'> {
  return (_services, request, { version }) => {
    if (!isApiVersionsRequestValid(request, version)) return { errorCode: errorCode('INVALID_REQUEST'), apiKeys: [] }
    return { errorCode: 0, apiKeys: advertised(), ...featuresForVersion(version) }
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
