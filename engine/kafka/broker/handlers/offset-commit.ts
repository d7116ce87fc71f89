// OffsetCommit: what may be committed is, and the rest is named.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { BrokerServices, Handler } from '../broker-services.ts'
import type { CommitRequest } from '../groups/classic-group.ts'
import type { OffsetToCommit } from '../groups/group-coordinator.ts'
import { isStorageError } from '../storage-errors.ts'
import { checkOffsets } from './offsets-to-commit.ts'

export const offsetCommit: Handler<'OffsetCommit'> = async (services, request, { version }) => {
  const { offsets, isAnyKnown, answer } = checkOffsets(services, request.topics)
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  const member = { memberId, groupInstanceId, generationId, version }
  // Where nothing is known of what is committed the group is not asked, and does not come to be.
  return { topics: answer(isAnyKnown ? await commit(services, groupId, member, offsets) : 'NONE') }
}

async function commit(
  services: BrokerServices,
  groupId: string,
  { version, ...member }: CommitRequest & { readonly version: number },
  offsets: readonly OffsetToCommit[],
): Promise<KafkaErrorName> {
  try {
    return await services.groups.commit(groupId, member, offsets, version)
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`committing offsets of group ${groupId} failed: ${error.message}`)
    return 'COORDINATOR_NOT_AVAILABLE'
  }
}
