// Share groups (KIP-932) are a feature that is off in Kafka 4.1 unless somebody turns it on (share.version=0), as here: the
// APIs are listed, and answer that they are not supported.
import { errorCode, type Handler } from '../broker-services.ts'

const unsupported = { throttleTimeMs: 0, errorCode: errorCode('UNSUPPORTED_VERSION') }

export const shareGroupHeartbeat: Handler<'ShareGroupHeartbeat'> = () => ({
  ...unsupported,
  errorMessage: null,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
})

export const shareGroupDescribe: Handler<'ShareGroupDescribe'> = (_services, request) => ({
  throttleTimeMs: 0,
  groups: request.groupIds.map((groupId) => ({
    errorCode: unsupported.errorCode,
    errorMessage: null,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  })),
})

export const shareFetch: Handler<'ShareFetch'> = () => ({
  ...unsupported,
  acquisitionLockTimeoutMs: 0,
  responses: [],
  nodeEndpoints: [],
})

export const shareAcknowledge: Handler<'ShareAcknowledge'> = () => ({
  ...unsupported,
  responses: [],
  nodeEndpoints: [],
})

export const describeShareGroupOffsets: Handler<'DescribeShareGroupOffsets'> = (_services, request) => ({
  throttleTimeMs: 0,
  groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode: unsupported.errorCode })),
})

const withMessage = { ...unsupported, errorMessage: 'The version of API is not supported.', responses: [] }

export const alterShareGroupOffsets: Handler<'AlterShareGroupOffsets'> = () => withMessage

export const deleteShareGroupOffsets: Handler<'DeleteShareGroupOffsets'> = () => withMessage
