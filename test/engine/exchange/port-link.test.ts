import { MessageChannel } from 'node:worker_threads'
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
