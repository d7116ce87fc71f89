// What groups leave in `__consumer_offsets`, in Kafka's own formats (group-coordinator's OffsetCommitKey/Value and
// GroupMetadataKey/Value), so that tools which read that topic understand ours.
//
//   key   = version int16 (1: offset commit, 2: group metadata; consumer-group-records.ts has the others), then its fields
//   value = version int16 (3), then the value's fields; null removes what the key names
import { compileMessageCodec, type MessageCodec } from '../../protocol/message-codec.ts'
import { MessageReader } from '../../protocol/message-reader.ts'
import type { FieldSchema, MessageSchema } from '../../protocol/message-schema.ts'
import { emptyGroup, memberMetadata, type ClassicGroup } from './classic-group.ts'
import {
  consumerRecordKinds,
  consumerValueCodecs,
  type ConsumerGroupRecord,
  type ConsumerRecordKind,
} from './consumer-group-records.ts'
import { encodeVersioned, field, nullable } from '../state-record.ts'

export interface CommittedOffset {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
}

/** Where group records are kept. `append` returns when a kill of the process cannot lose them any more. */
export interface GroupStore {
  append(records: readonly GroupRecord[]): void
}

export type GroupRecord =
  | {
      readonly kind: 'offset'
      readonly groupId: string
      readonly topic: string
      readonly partition: number
      /** Null: deleted. */
      readonly committed: CommittedOffset | null
    }
  | { readonly kind: 'group'; readonly groupId: string; readonly group: ClassicGroup | null }
  | ConsumerGroupRecord

const offsetKeyVersion = 1
const groupKeyVersion = 2
const valueVersion = 3

const plain = (...fields: FieldSchema[]): MessageSchema => ({ validVersions: [0, 3], flexibleFrom: 32767, fields })

const offsetKey = compileMessageCodec(
  'OffsetCommitKey',
  plain(field('group', 'string'), field('topic', 'string'), field('partition', 'int32')),
  offsetKeyVersion,
)
const offsetValue = compileMessageCodec(
  'OffsetCommitValue',
  plain(
    field('offset', 'int64'),
    field('leaderEpoch', 'int32'),
    field('metadata', 'string'),
    field('commitTimestamp', 'int64'),
  ),
  valueVersion,
)
const groupKey = compileMessageCodec('GroupMetadataKey', plain(field('group', 'string')), groupKeyVersion)
const consumerGroupKey = compileMessageCodec('ConsumerGroupMetadataKey', plain(field('groupId', 'string')), 3)
const consumerMemberKey = compileMessageCodec(
  'ConsumerGroupMemberMetadataKey',
  plain(field('groupId', 'string'), field('memberId', 'string')),
  3,
)
const consumerValueVersion = 0
const groupValue = compileMessageCodec(
  'GroupMetadataValue',
  plain(
    field('protocolType', 'string'),
    field('generation', 'int32'),
    field('protocol', 'string', nullable),
    field('leader', 'string', nullable),
    field('currentStateTimestamp', 'int64'),
    field('members', 'struct', {
      array: true,
      fields: [
        field('memberId', 'string'),
        field('groupInstanceId', 'string', nullable),
        field('clientId', 'string'),
        field('clientHost', 'string'),
        field('rebalanceTimeout', 'int32'),
        field('sessionTimeout', 'int32'),
        field('subscription', 'bytes'),
        field('assignment', 'bytes'),
      ],
    }),
  ),
  valueVersion,
)

interface OffsetKeyFields {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

interface OffsetValueFields {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestamp: bigint
}

interface GroupValueFields {
  readonly protocolType: string
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  readonly currentStateTimestamp: bigint
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly clientId: string
    readonly clientHost: string
    readonly rebalanceTimeout: number
    readonly sessionTimeout: number
    readonly subscription: Uint8Array
    readonly assignment: Uint8Array
  }[]
}

export interface KeyAndValue {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

export function encodeGroupRecord(record: GroupRecord, nowMs: number): KeyAndValue {
  if (record.kind === 'offset') {
    const { groupId: group, topic, partition, committed } = record
    const key: OffsetKeyFields = { group, topic, partition }
    return {
      key: encodeVersioned(offsetKeyVersion, offsetKey.encode, key),
      value: committed && encodeVersioned(valueVersion, offsetValue.encode, offsetValueOf(committed)),
    }
  }
  if (record.kind === 'consumer-group') {
    const { groupId, memberId, value } = record
    const [keyVersion, keyCodec] = consumerKeyOf(record.record)
    return {
      key: encodeVersioned(
        keyVersion,
        keyCodec.encode,
        keyCodec === consumerGroupKey ? { groupId } : { groupId, memberId },
      ),
      value: value && encodeVersioned(consumerValueVersion, consumerValueCodecs[record.record].encode, value),
    }
  }
  return {
    key: encodeVersioned(groupKeyVersion, groupKey.encode, { group: record.groupId }),
    value: record.group && encodeVersioned(valueVersion, groupValue.encode, groupValueOf(record.group, nowMs)),
  }
}

/** Undefined for keys of kinds that we do not write. */
export function decodeGroupRecord(record: KeyAndValue): GroupRecord | undefined {
  const keyReader = new MessageReader(record.key)
  const keyVersion = keyReader.int16()
  const valueReader = record.value === null ? null : new MessageReader(record.value, 2)
  if (keyVersion === offsetKeyVersion) {
    const { group: groupId, topic, partition } = offsetKey.decode(keyReader) as OffsetKeyFields
    const value = valueReader && (offsetValue.decode(valueReader) as OffsetValueFields)
    const committed = value && {
      offset: Number(value.offset),
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestampMs: Number(value.commitTimestamp),
    }
    return { kind: 'offset', groupId, topic, partition, committed }
  }
  if (keyVersion in consumerRecordKinds) {
    const record = consumerRecordKinds[keyVersion as keyof typeof consumerRecordKinds]
    const [, keyCodec] = consumerKeyOf(record)
    const { groupId, memberId = '' } = keyCodec.decode(keyReader) as { groupId: string; memberId?: string }
    const value = valueReader && (consumerValueCodecs[record].decode(valueReader) as object)
    return { kind: 'consumer-group', record, groupId, memberId, value }
  }
  if (keyVersion !== groupKeyVersion) return undefined
  const { group: groupId } = groupKey.decode(keyReader) as { group: string }
  const value = valueReader && (groupValue.decode(valueReader) as GroupValueFields)
  return { kind: 'group', groupId, group: value && groupOf(groupId, value) }
}

function consumerKeyOf(record: ConsumerRecordKind): readonly [keyVersion: number, codec: MessageCodec] {
  const [keyVersion] = Object.entries(consumerRecordKinds).find(([, kind]) => kind === record)!
  const isOfGroup = record === 'epoch' || record === 'target-epoch'
  return [Number(keyVersion), isOfGroup ? consumerGroupKey : consumerMemberKey]
}

function offsetValueOf(committed: CommittedOffset): OffsetValueFields {
  return {
    offset: BigInt(committed.offset),
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestamp: BigInt(committed.commitTimestampMs),
  }
}

function groupValueOf(group: ClassicGroup, nowMs: number): GroupValueFields {
  return {
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: group.protocolName,
    leader: group.leaderId,
    currentStateTimestamp: BigInt(nowMs),
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: memberMetadata(member, group.protocolName),
      assignment: member.assignment,
    })),
  }
}

/** A group as it was when its last generation was stable: members know only the protocol that was elected. */
function groupOf(groupId: string, value: GroupValueFields): ClassicGroup {
  const members = value.members.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    sessionTimeoutMs: member.sessionTimeout,
    rebalanceTimeoutMs: member.rebalanceTimeout,
    protocols: [{ name: value.protocol ?? '', metadata: Uint8Array.from(member.subscription) }],
    assignment: Uint8Array.from(member.assignment),
    joining: undefined,
    syncing: undefined,
    isNew: false,
  }))
  return {
    ...emptyGroup(groupId),
    state: members.length === 0 ? 'Empty' : 'Stable',
    generationId: value.generation,
    protocolType: value.protocolType === '' ? null : value.protocolType,
    protocolName: value.protocol,
    leaderId: value.leader,
    members: new Map(members.map((member) => [member.memberId, member])),
  }
}
