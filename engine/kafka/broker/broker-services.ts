// What handlers work with, and what they give back.
import type { Clock } from '../../time/clock.ts'
import type { KafkaErrorName } from '../protocol/kafka-errors.ts'
import { kafkaErrorCodes } from '../protocol/kafka-errors.ts'
import type { ApiName, RequestByApi, ResponseInputByApi } from '../protocol/schemas.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import type { ReadAhead } from '../log/read-ahead.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { BrokerConfigs } from './broker-configs.ts'
import type { BrokerSettings } from './broker-settings.ts'
import type { ConnectionSlots } from './connection-slots.ts'
import type { Compressors } from './compressors.ts'
import type { FetchSessions } from './fetch-sessions.ts'
import type { GroupCoordinator } from './groups/group-coordinator.ts'
import type { MetadataLog } from './metadata-log.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { ClientQuotas } from './quotas/client-quotas.ts'
import type { BrokerListener } from './security/listener-options.ts'
import type { SaslMechanism } from '../protocol/sasl-mechanisms.ts'
import type { UserCredentials } from './security/user-credentials.ts'
import type { Topics } from './topics.ts'
import type { TransactionCoordinator } from './transactions/transaction-coordinator.ts'
import type { UnsentAnswers } from './unsent-answers.ts'
import type { WorkTurns } from './work-turns.ts'

export interface BrokerNode {
  readonly clusterId: string
  readonly nodeId: number
  /** At least one; the first is the one that the broker is known by. */
  readonly listeners: readonly BrokerListener[]
  readonly dataDirectory: string
}

export interface BrokerServices {
  readonly node: BrokerNode
  readonly settings: BrokerSettings
  readonly clock: Clock
  readonly configs: BrokerConfigs
  readonly quotas: ClientQuotas
  readonly compressors: Compressors
  readonly metadata: MetadataLog
  readonly credentials: UserCredentials
  readonly saslMechanisms: readonly SaslMechanism[]
  readonly topics: Topics
  readonly directory: LogDirectory
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly fetchSessions: FetchSessions
  readonly producerIds: ProducerIds
  readonly buffers: BufferPool
  readonly readAhead: ReadAhead
  readonly turns: WorkTurns
  readonly connectionSlots: ConnectionSlots
  readonly unsentAnswers: UnsentAnswers
  /** A line about something that no client can be told. */
  readonly log: (line: string) => void
}

export interface RequestContext {
  readonly version: number
  readonly clientId: string
  readonly clientHost: string
  /** The listener that the request came through: its clients are told its own address. */
  readonly listener: BrokerListener
  /** Name of who is logged in, by password or certificate; undefined: ANONYMOUS. */
  readonly principal: string | undefined
  /** Calls back when the answer is sent, or never will be: its memory may be used again then. */
  readonly onSent: (callback: () => void) => void
  /** Calls back when the connection is closed before the answer is there: nobody waits for it any more. */
  readonly onClosed: (callback: () => void) => void
}

/** Nothing is sent (Produce with acks=0). */
export const noResponse = Symbol('no response')
/** The connection is closed without an answer (an error with acks=0). */
export const closeConnection = Symbol('close connection')

export type Reply<Api extends ApiName> = ResponseInputByApi[Api] | typeof noResponse | typeof closeConnection

/** Throwing closes the connection; what a client is to be told is in the response. */
export type Handler<Api extends ApiName> = (
  services: BrokerServices,
  request: RequestByApi[Api],
  context: RequestContext,
) => Reply<Api> | Promise<Reply<Api>>

export function errorCode(name: KafkaErrorName): number {
  return kafkaErrorCodes[name]
}
