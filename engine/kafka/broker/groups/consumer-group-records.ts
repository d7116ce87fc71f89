// What consumer groups leave in `__consumer_offsets`, in Kafka's own formats (group-coordinator's ConsumerGroup*Key/Value),
// and how a group comes back from it. A change of a group is stored as what is different, member by member.
//
//   key version 3: the group's epoch · 5: a member's subscription · 6: the target's epoch · 7: a member's target ·
//   8: what a member has. Values are version 0.
import { compileMessageCodec, type MessageCodec } from '../../protocol/message-codec.ts'
import type { FieldSchema, MessageSchema } from '../../protocol/message-schema.ts'
import {
  emptyConsumerGroup,
  emptyConsumerGroupMember,
  type ConsumerGroup,
  type ConsumerGroupMember,
  type MemberState,
} from './consumer-group.ts'
import {
  isSame,
  partitionsOf,
  topicIdPartitionsOf,
  type PartitionsByTopic,
  type TopicIdPartitions,
} from './partitions-by-topic.ts'
import { field, nullable } from '../state-record.ts'

/** The kinds of records, by the version of their key. */
export const consumerRecordKinds = { 3: 'epoch', 5: 'member', 6: 'target-epoch', 7: 'target', 8: 'current' } as const

export type ConsumerRecordKind = (typeof consumerRecordKinds)[keyof typeof consumerRecordKinds]

/** Values are the fields of Kafka's messages; null removes what the key names. */
export interface ConsumerGroupRecord {
  readonly kind: 'consumer-group'
  readonly record: ConsumerRecordKind
  readonly groupId: string
  /** Empty for records of the group as a whole. */
  readonly memberId: string
  readonly value: object | null
}

interface EpochValue {
  readonly epoch: number
  readonly metadataHash: bigint
}

interface MemberValue {
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: readonly string[]
  readonly subscribedTopicRegex: string | null
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  readonly classicMemberMetadata: {
    readonly sessionTimeoutMs: number
    readonly supportedProtocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]
  } | null
}

interface CurrentValue {
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: number
  readonly assignedPartitions: readonly TopicIdPartitions[]
  readonly partitionsPendingRevocation: readonly TopicIdPartitions[]
}

const struct = (name: string, fields: readonly FieldSchema[], more: Partial<FieldSchema> = {}): FieldSchema =>
  field(name, 'struct', { array: true, fields, ...more })
const flexible = (...fields: FieldSchema[]): MessageSchema => ({ validVersions: [0, 0], flexibleFrom: 0, fields })
const topicPartitions = [field('topicId', 'uuid'), field('partitions', 'int32', { array: true })]
const codec = (name: string, schema: MessageSchema): MessageCodec => compileMessageCodec(name, schema, 0)

export const consumerValueCodecs: Readonly<Record<ConsumerRecordKind, MessageCodec>> = {
  epoch: codec(
    'ConsumerGroupMetadataValue',
    flexible(field('epoch', 'int32'), field('metadataHash', 'int64', { tag: 0, tagged: [0, 32767], default: 0n })),
  ),
  member: codec(
    'ConsumerGroupMemberMetadataValue',
    flexible(
      field('instanceId', 'string', nullable),
      field('rackId', 'string', nullable),
      field('clientId', 'string'),
      field('clientHost', 'string'),
      field('subscribedTopicNames', 'string', { array: true }),
      field('subscribedTopicRegex', 'string', nullable),
      field('rebalanceTimeoutMs', 'int32', { default: -1 }),
      field('serverAssignor', 'string', nullable),
      field('classicMemberMetadata', 'struct', {
        ...nullable,
        tag: 0,
        tagged: [0, 32767],
        fields: [
          field('sessionTimeoutMs', 'int32'),
          struct('supportedProtocols', [field('name', 'string'), field('metadata', 'bytes')]),
        ],
      }),
    ),
  ),
  'target-epoch': codec('ConsumerGroupTargetAssignmentMetadataValue', flexible(field('assignmentEpoch', 'int32'))),
  target: codec('ConsumerGroupTargetAssignmentMemberValue', flexible(struct('topicPartitions', topicPartitions))),
  current: codec(
    'ConsumerGroupCurrentMemberAssignmentValue',
    flexible(
      field('memberEpoch', 'int32'),
      field('previousMemberEpoch', 'int32'),
      field('state', 'int8'),
      struct('assignedPartitions', topicPartitions),
      struct('partitionsPendingRevocation', topicPartitions),
    ),
  ),
}

/** Kafka's numbers (MemberState). */
const stateNumbers: Readonly<Record<MemberState, number>> = {
  stable: 0,
  'unrevoked-partitions': 1,
  'unreleased-partitions': 2,
}
const stateNames = Object.keys(stateNumbers) as MemberState[]

/** What must be stored for `after` to be found in place of `before`. Undefined: there is no such group. */
export function recordsOfChange(
  before: ConsumerGroup | undefined,
  after: ConsumerGroup | undefined,
): ConsumerGroupRecord[] {
  const groupId = (after ?? before)!.groupId
  const records: ConsumerGroupRecord[] = []
  const put = (record: ConsumerRecordKind, memberId: string, value: object | null): void => {
    records.push({ kind: 'consumer-group', record, groupId, memberId, value })
  }
  for (const memberId of before?.members.keys() ?? [])
    if (!after?.members.has(memberId))
      for (const kind of ['current', 'target', 'member'] as const) put(kind, memberId, null)
  for (const member of after?.members.values() ?? []) {
    const known = before?.members.get(member.memberId)
    if (known === undefined || !isSameMember(known, member)) put('member', member.memberId, memberValueOf(member))
  }
  if (after === undefined) {
    put('target-epoch', '', null)
    put('epoch', '', null)
    return records
  }
  const { groupEpoch, metadataHash, targetEpoch } = after
  if (before?.groupEpoch !== groupEpoch || before.metadataHash !== metadataHash)
    put('epoch', '', { epoch: groupEpoch, metadataHash } satisfies EpochValue)
  for (const [memberId, target] of after.target) {
    const known = before?.target.get(memberId)
    if (known === undefined || !isSame(known, target))
      put('target', memberId, { topicPartitions: topicIdPartitionsOf(target) })
  }
  if (before?.targetEpoch !== targetEpoch) put('target-epoch', '', { assignmentEpoch: targetEpoch })
  for (const member of after.members.values()) {
    const known = before?.members.get(member.memberId)
    if (known === undefined || !isSameCurrent(known, member)) put('current', member.memberId, currentValueOf(member))
  }
  return records
}

function isSameMember(one: ConsumerGroupMember, other: ConsumerGroupMember): boolean {
  return (
    one.instanceId === other.instanceId &&
    one.rackId === other.rackId &&
    one.clientId === other.clientId &&
    one.clientHost === other.clientHost &&
    one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
    one.serverAssignor === other.serverAssignor &&
    one.subscribedTopicRegex === other.subscribedTopicRegex &&
    one.subscribedTopicNames.join() === other.subscribedTopicNames.join() &&
    one.classic === other.classic
  )
}

function isSameCurrent(one: ConsumerGroupMember, other: ConsumerGroupMember): boolean {
  return (
    one.memberEpoch === other.memberEpoch &&
    one.previousMemberEpoch === other.previousMemberEpoch &&
    one.state === other.state &&
    isSame(one.assigned, other.assigned) &&
    isSame(one.pendingRevocation, other.pendingRevocation)
  )
}

function memberValueOf(member: ConsumerGroupMember): MemberValue {
  const { instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, serverAssignor, classic } = member
  return {
    instanceId,
    rackId,
    clientId,
    clientHost,
    subscribedTopicNames: member.subscribedTopicNames,
    subscribedTopicRegex: member.subscribedTopicRegex === '' ? null : member.subscribedTopicRegex,
    rebalanceTimeoutMs,
    serverAssignor,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.protocols,
    },
  }
}

function currentValueOf(member: ConsumerGroupMember): CurrentValue {
  return {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: stateNumbers[member.state],
    assignedPartitions: topicIdPartitionsOf(member.assigned),
    partitionsPendingRevocation: topicIdPartitionsOf(member.pendingRevocation),
  }
}

/** The group with what a record says; undefined once it is gone. */
export function withRecord(
  group: ConsumerGroup | undefined,
  { groupId, memberId, record, value }: ConsumerGroupRecord,
): ConsumerGroup | undefined {
  if (record === 'epoch' && value === null) return undefined
  if (value === null && group === undefined) return undefined
  const known = group ?? emptyConsumerGroup(groupId)
  const withMember = (more: Partial<ConsumerGroupMember>): ConsumerGroup => ({
    ...known,
    members: new Map(known.members).set(memberId, {
      ...(known.members.get(memberId) ?? emptyConsumerGroupMember(memberId)),
      ...more,
    }),
  })
  switch (record) {
    case 'epoch': {
      const { epoch, metadataHash } = value as EpochValue
      return { ...known, groupEpoch: epoch, metadataHash }
    }
    case 'target-epoch':
      return { ...known, targetEpoch: (value as { assignmentEpoch: number } | null)?.assignmentEpoch ?? 0 }
    case 'target': {
      const partitions = (value as { topicPartitions: TopicIdPartitions[] } | null)?.topicPartitions
      return { ...known, target: changed(known.target, memberId, partitions && partitionsOf(partitions)) }
    }
    case 'member':
      if (value === null) return { ...known, members: changed(known.members, memberId, undefined) }
      return withMember(memberOf(value as MemberValue))
    case 'current':
      // What a member had goes with its subscription; a record of its own only says that the member begins anew.
      return value === null ? known : withMember(currentOf(value as CurrentValue))
  }
}

function changed<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value | undefined): Map<string, Value> {
  const result = new Map(map)
  if (value === undefined) result.delete(key)
  else result.set(key, value)
  return result
}

function memberOf(value: MemberValue): Partial<ConsumerGroupMember> {
  const { subscribedTopicRegex, classicMemberMetadata, subscribedTopicNames, ...same } = value
  return {
    ...same,
    subscribedTopicNames: [...subscribedTopicNames],
    subscribedTopicRegex: subscribedTopicRegex ?? '',
    classic: classicMemberMetadata && {
      sessionTimeoutMs: classicMemberMetadata.sessionTimeoutMs,
      // Bytes that are decoded are views into a buffer that is used again.
      protocols: classicMemberMetadata.supportedProtocols.map(({ name, metadata }) => ({
        name,
        metadata: Uint8Array.from(metadata),
      })),
    },
  }
}

function currentOf(value: CurrentValue): Partial<ConsumerGroupMember> & { readonly assigned: PartitionsByTopic } {
  return {
    memberEpoch: value.memberEpoch,
    previousMemberEpoch: value.previousMemberEpoch,
    state: stateNames[value.state] ?? 'stable',
    assigned: partitionsOf(value.assignedPartitions),
    pendingRevocation: partitionsOf(value.partitionsPendingRevocation),
  }
}
