// Does a group read a topic?
import { decodeVersionedMessage } from '../../protocol/messages.ts'
import { memberMetadata, type ClassicGroup } from './classic-group.ts'
import { subscribedTopics, type ConsumerGroup } from './consumer-group.ts'

/** Subscriptions of classic members that cannot be read count as reading everything. */
export function isSubscribed(group: ClassicGroup | ConsumerGroup, topic: string): boolean {
  if (group.type === 'consumer')
    return [...group.members.values()].some((member) => subscribedTopics(group, member).has(topic))
  if (group.protocolType !== 'consumer') return group.members.size > 0
  return [...group.members.values()].some((member) => {
    try {
      const metadata = memberMetadata(member, group.protocolName)
      return decodeVersionedMessage('ConsumerProtocolSubscription', metadata).message.topics.includes(topic)
    } catch {
      return true
    }
  })
}
