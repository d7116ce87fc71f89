// What brokers ask of the coordinator of share groups' state (KIP-932). Share groups are off (see share-groups.ts), so this
// node coordinates none of them, as Kafka 4.1 answers.
import { errorCode, type Handler } from '../broker-services.ts'

interface Asked {
  readonly topics: readonly {
    readonly topicId: string
    readonly partitions: readonly { readonly partition: number }[]
  }[]
}

const refused = {
  errorCode: errorCode('NOT_COORDINATOR'),
  errorMessage: 'This is not the correct coordinator.',
}

function refusedWith<Fields extends object>(request: Asked, fields: Fields) {
  const results = request.topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map(({ partition }) => ({ partition, ...refused, ...fields })),
  }))
  return { results }
}

export const initializeShareGroupState: Handler<'InitializeShareGroupState'> = (_services, request) =>
  refusedWith(request, {})

export const readShareGroupState: Handler<'ReadShareGroupState'> = (_services, request) =>
  refusedWith(request, { stateEpoch: 0, startOffset: 0n, stateBatches: [] })

export const writeShareGroupState: Handler<'WriteShareGroupState'> = (_services, request) => refusedWith(request, {})

export const deleteShareGroupState: Handler<'DeleteShareGroupState'> = (_services, request) => refusedWith(request, {})

export const readShareGroupStateSummary: Handler<'ReadShareGroupStateSummary'> = (_services, request) =>
  refusedWith(request, { stateEpoch: 0, leaderEpoch: 0, startOffset: 0n })
