// A link between two threads over a MessagePort that joins them directly, not through the main thread.
import type { MessagePort } from 'node:worker_threads'
import type { ChannelRegistry } from './channel-registry.ts'
import type { Link, LinkMessage } from './channel.ts'

/**
 * Takes over the port: what arrives goes to `registry`. Close the port to end the link. Pages are cloned, not
 * transferred: that would detach them (docs/decisions/0011).
 */
export function createPortLink(port: MessagePort, registry: ChannelRegistry): Link {
  port.on('message', (message: LinkMessage) => registry.receive(message))
  return { post: (message) => port.postMessage(message) }
}
