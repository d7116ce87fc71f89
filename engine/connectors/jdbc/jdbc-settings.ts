// What a `jdbc` table's definition hands to its runtime: plain data, validated.

export interface PostgresAddress {
  readonly host: string
  readonly port: number
  readonly database: string
}

export interface JdbcSinkSettings {
  readonly address: PostgresAddress
  readonly user: string | null
  readonly password: string | null
  /** libpq's sslmode. */
  readonly sslMode: 'disable' | 'require' | 'verify-ca' | 'verify-full'
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
