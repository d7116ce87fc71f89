// ApiVersions: what this broker speaks. Asked in a version that it does not know, it answers in version 0 (KIP-511).
import { errorCode, type Handler } from '../broker-services.ts'
import type { ResponseInputByApi } from '../../protocol/schemas.ts'

export interface AdvertisedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

const softwareNameShape = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export function apiVersionsHandler(advertised: () => readonly AdvertisedApi[]): Handler<'ApiVersions'> {
  return (_services, request, { version }) => {
    const { clientSoftwareName, clientSoftwareVersion } = request
    const isNamed = softwareNameShape.test(clientSoftwareName) && softwareNameShape.test(clientSoftwareVersion)
    if (version >= 3 && !isNamed) return { errorCode: errorCode('INVALID_REQUEST'), apiKeys: [] }
    return { errorCode: 0, apiKeys: advertised() }
  }
}

/** The answer, in version 0, to an ApiVersions request of an unknown version. */
export function unknownApiVersionsVersion(own: AdvertisedApi): ResponseInputByApi['ApiVersions'] {
  return { errorCode: errorCode('UNSUPPORTED_VERSION'), apiKeys: [own] }
}
