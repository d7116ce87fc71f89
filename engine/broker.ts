/**
 * The door `flinkts/broker`: an embedded, single-node Apache Kafka for one machine, with real clients' protocol, durable
 * logs, transactions and groups of both protocols. No JVM, nothing to install.
 *
 * ```ts
 * import { startBroker } from 'flinkts/broker'
 *
 * const broker = await startBroker({ topics: [{ name: 'rides', partitions: 2 }] })   // a free port, a temporary folder
 * new Kafka({ brokers: [broker.bootstrap] })
 * await broker.stop()
 * ```
 *
 * Listeners: one without encryption and login on 127.0.0.1 unless told otherwise; `listeners` names several, with TLS
 * (SSL), with a login by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (SASL_PLAINTEXT), with both (SASL_SSL). Whoever has logged
 * in may do everything: the APIs of ACLs answer as a Kafka without an authorizer does. Client quotas hold.
 *
 * ```ts
 * await startBroker({
 *   listeners: [{ securityProtocol: 'SASL_SSL', tls: { keyFile: 'broker.key', certificateFile: 'broker.crt' } }],
 *   users: [{ name: 'alice', password: process.env.ALICE_PASSWORD! }],
 * })
 * ```
 *
 * `startBroker` runs it in this process (tests), `startBrokerProcess` in one of its own that ends with its owner: it
 * notices a killed owner by the end of the IPC channel, brings everything to disk and exits.
 *
 * Durability: an acknowledged record is in the operating system's page cache, so that no end of the broker's process
 * loses it; it is brought to disk every minute, at a clean stop, when a segment is full, and as a topic's
 * `flush.messages` and `flush.ms` say (Kafka's own defaults).
 *
 * Errors: FlinktsError with code FOLDER_IN_USE, KAFKA_LISTEN_FAILED, KAFKA_STORAGE, OPTION_INVALID.
 */
export { FlinktsError } from './common/errors.ts'
export { type SaslMechanism } from './kafka/protocol/sasl-mechanisms.ts'
export { type SecurityProtocol } from './kafka/protocol/security-protocol.ts'
export { type BrokerListener, type ListenerOptions } from './kafka/broker/security/listener-options.ts'
export { type TlsOptions } from './kafka/broker/security/tls-options.ts'
export { type BrokerUser } from './kafka/broker/security/user-credentials.ts'
export { startBroker, type BrokerOptions, type DeclaredTopic, type RunningBroker } from './kafka/broker/broker.ts'
export { brokerConfigNames, brokerSettingsOf } from './kafka/broker/broker-config-names.ts'
export type { BrokerSettings } from './kafka/broker/broker-settings.ts'
export { startBrokerProcess, type BrokerProcess, type BrokerProcessStart } from './kafka/broker/start-broker-process.ts'
