// What a broker process and its owner say to each other over the IPC channel.
import type { ErrorData } from '../../common/errors.ts'
import type { BrokerOptions, RunningBroker } from './broker.ts'

/** The first and only message to the process. */
export interface BrokerProcessInput {
  readonly options: BrokerProcessOptions
}

/** Options that can cross a process boundary. */
export type BrokerProcessOptions = Omit<BrokerOptions, 'clock' | 'log' | 'writeFile'>

export type BrokerProcessOutput =
  | ({ readonly kind: 'ready'; readonly pid: number } & Omit<RunningBroker, 'stop'>)
  | { readonly kind: 'failed'; readonly error: ErrorData }
