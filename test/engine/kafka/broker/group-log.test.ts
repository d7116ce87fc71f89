import { expect, test } from 'vitest'
import { brokerSettingsDefault, consumerGroupRules } from '../../../../engine/kafka/broker/broker-settings.ts'
import { GroupLog } from '../../../../engine/kafka/broker/group-log.ts'
import { GroupCoordinator } from '../../../../engine/kafka/broker/groups/group-coordinator.ts'
import { groupTopics } from '../../../../engine/kafka/broker/groups/group-topics.ts'
import { MetadataLog } from '../../../../engine/kafka/broker/metadata-log.ts'
import { groupOffsetsTopic, Topics } from '../../../../engine/kafka/broker/topics.ts'
import { LogDirectory } from '../../../../engine/kafka/log/log-directory.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { abandonWithoutClosing, now, temporaryDirectory } from '../log/log-fixture.ts'

const rewriteBytes = 5000

async function open(path: string) {
  const directory = LogDirectory.open(path)
  const metadata = MetadataLog.open(path)
  let uuids = 0
  const topics = new Topics({
    metadata,
    directory,
    clock: systemClock,
    newUuid: () => Buffer.alloc(16, ++uuids).toString('base64url'),
    defaults: () => ({}),
    onDeleted: () => {},
  })
  const store = new GroupLog(topics, systemClock, () => groups.records(), rewriteBytes)
  const groups: GroupCoordinator = new GroupCoordinator({
    clock: systemClock,
    store,
    rules: { initialRebalanceDelayMs: 0 },
    consumerRules: () => consumerGroupRules(brokerSettingsDefault),
    topics: groupTopics(topics),
    offsetsRetentionMs: 1e9,
    newUuid: () => String(++uuids),
    onError: (error) => {
      throw error
    },
  })
  await store.load((record) => groups.load(record))
  groups.start()
  return { directory, metadata, topics, groups }
}

test('the log of groups is begun anew when most of it is out of date, and loses nothing by it, killed or not', async () => {
  const path = temporaryDirectory()
  const nobody = { memberId: '', groupInstanceId: null, generationId: -1 }
  const expected = new Map<string, number>()
  for (let round = 0; round < 3; round++) {
    const { directory, metadata, topics, groups } = await open(path)
    for (const [key, offset] of expected) expect(groups.committed(key, 't', 0)?.offset).toBe(offset)
    for (let i = 0; i < 200; i++) {
      const group = `g${i % 7}`
      const offset = round * 1000 + i
      expect(
        await groups.commit(group, nobody, [{ topic: 't', partition: 0, offset, leaderEpoch: 0, metadata: '' }], 9),
      ).toBe('NONE')
      expected.set(group, offset)
    }
    expect(topics.get(groupOffsetsTopic)!.partitions[0]!.log.sizeBytes).toBeLessThan(2 * rewriteBytes)
    groups.close()
    metadata.close()
    if (round % 2 === 0) abandonWithoutClosing(directory)
    else await directory.close(now)
  }
})
