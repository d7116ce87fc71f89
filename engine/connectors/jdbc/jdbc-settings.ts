// What a `jdbc` table's definition hands to its runtime: plain data, validated.
import type { PemSource } from '../pem-settings.ts'
import type { SecretSlot } from '../secret-slot.ts'

export interface PostgresAddress {
  readonly host: string
  readonly port: number
  readonly database: string
}

/** Texts in PEM, not paths. */
export interface PostgresTls {
  /**
   * `prefer`: TLS where the server has it, its certificate unseen. `require`: TLS or nothing; with `ca` as verify-ca, else
   * the certificate is not looked at. `verify-ca`: it is signed by `ca`, or by one of the authorities that Node trusts.
   * `verify-full`: and it is for the host that was dialled.
   */
  readonly mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  readonly ca?: string
  /** The client's own certificate and its private key. */
  readonly certificate?: string
  readonly key?: string
  readonly keyPassword?: string
}

/** Who logs in, and how the connection is protected; certificates and keys are not read yet. */
export interface JdbcLogin {
  readonly user: string | null
  readonly password: string | null
  readonly tls: JdbcTls
}

export interface JdbcTls {
  readonly mode: PostgresTls['mode']
  readonly ca?: PemSource
  readonly certificate?: PemSource
  /** PEM or, as the JDBC driver has it, PKCS#8 in DER. */
  readonly key?: PemSource
  readonly keyPassword?: string
}

export interface JdbcSinkSettings {
  readonly address: PostgresAddress
  readonly login: SecretSlot<JdbcLogin>
  readonly searchPath: string | null
  readonly applicationName: string
  /** As in the option `table-name`: unquoted parts mean their lower-case form. */
  readonly tableName: string
  /** Rows after which a flush begins; 0: no limit. */
  readonly flushMaxRows: number
  /** Time after which written rows are flushed; 0: only at checkpoints and at the end. */
  readonly flushIntervalMs: number
  readonly maxRetries: number
}
