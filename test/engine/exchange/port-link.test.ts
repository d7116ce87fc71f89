import { MessageChannel } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { ChannelRegistry } from '../../../engine/exchange/channel-registry.ts'
import { createPortLink } from '../../../engine/exchange/port-link.ts'
import { runTransportSuite } from '../../contracts/transport-suite.ts'

runTransportSuite('message port', () => {
  const { port1, port2 } = new MessageChannel()
  const [sender, receiver] = [new ChannelRegistry(), new ChannelRegistry()]
  return {
    sender,
    receiver,
    toReceiver: createPortLink(port1, sender),
    toSender: createPortLink(port2, receiver),
    close: () => port1.close(),
  }
})

it('leaves a sent page attached, for the sake of every typed array of the thread', () => {
  const { port1, port2 } = new MessageChannel()
  const bytes = new ArrayBuffer(64)
  createPortLink(port1, new ChannelRegistry()).post({ kind: 'element', channel: 1, element: { kind: 'page', bytes } })
  port1.close()
  port2.close()
  expect(bytes.byteLength).toBe(64)
})
