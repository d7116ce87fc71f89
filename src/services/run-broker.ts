// A broker in this process, from its start to the signal that ends it.
import { mkdirSync } from 'node:fs'
import { startBroker, type RunningBroker } from '../../engine/broker.ts'
import { brokerOptionsOf, type BrokerRequest } from './broker-request.ts'

export interface BrokerRun {
  readonly signal: AbortSignal
  /** It serves now. */
  readonly onServing: (broker: RunningBroker) => void
  /** A line about what no client can be told. */
  readonly log: (line: string) => void
}

/** Returns when the broker has stopped cleanly. Throws KAFKA_LISTEN_FAILED, KAFKA_STORAGE, FOLDER_IN_USE, OPTION_INVALID. */
export async function runBroker(request: BrokerRequest, { signal, onServing, log }: BrokerRun): Promise<void> {
  const options = brokerOptionsOf(request)
  if (options.dataDirectory !== undefined) mkdirSync(options.dataDirectory, { recursive: true })
  const broker = await startBroker({ ...options, log })
  // Its sockets keep the process alive; nothing else does.
  if (!signal.aborted) {
    onServing(broker)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
  await broker.stop()
}
