// How a client reaches a cluster and logs into it: plain data, resolved. Pure: the job door may import it.
import type { SaslMechanism } from '../protocol/sasl-mechanisms.ts'
import type { SecurityProtocol } from '../protocol/security-protocol.ts'

/** Holds secrets: never to be printed, logged, put into an error or kept in a file. */
export interface KafkaConnection {
  /** host:port, comma-separated */
  readonly bootstrapServers: string
  /** Undefined: PLAINTEXT. */
  readonly security?: KafkaSecurity
}

/** Kafka's `security.protocol` with what it needs. */
export interface KafkaSecurity {
  readonly protocol: SecurityProtocol
  /** Needed for SASL_PLAINTEXT and SASL_SSL. */
  readonly sasl?: KafkaLogin
  /** For SSL and SASL_SSL. Undefined: the certificate authorities that Node trusts. */
  readonly tls?: KafkaTls
}

export interface KafkaLogin {
  readonly mechanism: SaslMechanism
  readonly username: string
  readonly password: string
}

/** Texts in PEM, not paths. */
export interface KafkaTls {
  /** Certificates that the broker's must be signed by. Undefined: those that Node trusts. */
  readonly ca?: string
  /** The client's own certificate, with the chain behind it, and its private key (PKCS#8 or PKCS#1). */
  readonly certificate?: string
  readonly key?: string
  readonly keyPassword?: string
  /** Whether the certificate must be for the host that was dialled (`ssl.endpoint.identification.algorithm`). Default true. */
  readonly verifiesHostName?: boolean
}
