// A link within one thread: pages are handed over, nothing is copied.
import type { ChannelRegistry } from './channel-registry.ts'
import type { Link } from './channel.ts'

export function createLocalLink(target: ChannelRegistry): Link {
  return { post: (message) => target.receive(message) }
}
