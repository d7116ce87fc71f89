import { ChannelRegistry } from '../../../engine/exchange/channel-registry.ts'
import { createLocalLink } from '../../../engine/exchange/local-link.ts'
import { runTransportSuite } from '../../contracts/transport-suite.ts'

runTransportSuite('same thread', () => {
  const [sender, receiver] = [new ChannelRegistry(), new ChannelRegistry()]
  return {
    sender,
    receiver,
    toReceiver: createLocalLink(receiver),
    toSender: createLocalLink(sender),
    close: () => undefined,
  }
})
