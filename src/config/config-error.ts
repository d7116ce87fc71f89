// Errors of configuration and files, in the same shape as the engine's: what, where, how to fix.

export interface ConfigErrorLocation {
  readonly file?: string | undefined
  readonly line: number
  readonly column: number
}

export class ConfigError extends Error {
  readonly code: 'CONFIG_INVALID' | 'CONFIG_MISSING'
  readonly location: ConfigErrorLocation | undefined
  readonly fix: string | undefined

  constructor(
    code: ConfigError['code'],
    message: string,
    details: { location?: ConfigErrorLocation; fix?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ConfigError'
    this.code = code
    this.location = details.location
    this.fix = details.fix
  }
}
