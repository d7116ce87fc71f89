// What holds for a project: flag before environment before flinkts.yaml before default. Read once, validated once; every
// message names the line, the variable or the flag.
import { checkConfig, unusedSettings } from './config-checks.ts'
import { readEnvironment, type Environment } from './config-environment.ts'
import { ConfigError } from './config-error.ts'
import { parseConfigFile, type ConfigFile } from './config-file.ts'
import { originText, type ConfigOrigin, type ConfigOverride } from './config-origin.ts'
import { problemsOf, type Problem } from './config-problems.ts'
import { configSchema, type FlinktsConfig } from './config-schema.ts'

export type { FlinktsConfig } from './config-schema.ts'

export interface ConfigSources {
  /** Undefined: there is no flinkts.yaml. */
  readonly file?: { readonly text: string; readonly name: string } | undefined
  readonly environment?: Environment | undefined
  /** Flags; a later one wins. */
  readonly overrides?: readonly ConfigOverride[] | undefined
}

export interface ResolvedConfig {
  readonly config: FlinktsConfig
  /** Where the value of a setting comes from, by its path. */
  readonly originOf: (path: readonly string[]) => ConfigOrigin
  /** One line each: variables that mean nothing, settings that do nothing here. */
  readonly warnings: readonly string[]
}

/** What holds without a flinkts.yaml, an environment or flags. */
export function configDefaults(): FlinktsConfig {
  return resolveConfig({}).config
}

/** Parses and checks the text of a flinkts.yaml. Throws CONFIG_INVALID with line and column. */
export function parseConfig(text: string, file: string): FlinktsConfig {
  return resolveConfig({ file: { text, name: file } }).config
}

/** Throws CONFIG_INVALID: the first problem with its place, the others below it. */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const file = sources.file === undefined ? undefined : parseConfigFile(sources.file.text, sources.file.name)
  const environment = readEnvironment(sources.environment ?? {})
  const overrides = [...environment.overrides, ...(sources.overrides ?? [])]
  const values = merge(file, overrides)
  const originOf = (path: readonly string[]): ConfigOrigin => findOrigin(path, file, overrides)
  const result = configSchema.safeParse(values)
  const problems = result.success
    ? checkConfig(result.data)
    : result.error.issues.flatMap((issue) => problemsOf(issue, values))
  if (problems.length > 0) throw invalid(problems, file, originOf)
  const config = result.data!
  return { config, originOf, warnings: [...environment.warnings, ...unusedWarnings(config, originOf)] }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function merge(file: ConfigFile | undefined, overrides: readonly ConfigOverride[]): unknown {
  const inFile = file?.values ?? {}
  if (!isTable(inFile)) return inFile
  // a file that names no services means the embedded ones; without a file that is decided where they are started
  const values = file === undefined ? {} : { services: 'embedded', ...structuredClone(inFile) }
  for (const { path, value } of overrides) {
    let table: Record<string, unknown> = values
    for (const step of path.slice(0, -1)) {
      if (!isTable(table[step])) table[step] = {}
      table = table[step] as Record<string, unknown>
    }
    table[path.at(-1)!] = value
  }
  return values
}

function isPrefix(path: readonly PropertyKey[], of: readonly PropertyKey[]): boolean {
  return path.length <= of.length && path.every((step, index) => String(step) === String(of[index]))
}

function hasValue(values: unknown, path: readonly string[]): boolean {
  let value = values
  for (const step of path) {
    if (!isTable(value) || !Object.hasOwn(value, step)) return false
    value = value[step]
  }
  return value !== null
}

function findOrigin(
  path: readonly string[],
  file: ConfigFile | undefined,
  overrides: readonly ConfigOverride[],
): ConfigOrigin {
  const override = overrides.findLast((candidate) => isPrefix(candidate.path, path))
  if (override !== undefined) return override.origin
  if (file !== undefined && hasValue(file.values, path)) return { kind: 'file', location: file.locate(path) }
  return { kind: 'default' }
}

function invalid(
  problems: readonly Problem[],
  file: ConfigFile | undefined,
  originOf: (path: readonly string[]) => ConfigOrigin,
): ConfigError {
  const placed = problems
    .map(({ path, message, fix }) => {
      const origin = originOf(path.map(String))
      if (origin.kind === 'environment' || origin.kind === 'flag') return { message: `${origin.name}: ${message}`, fix }
      return { message, fix, location: file?.locate(path) }
    })
    .sort((left, right) => (left.location?.line ?? 0) - (right.location?.line ?? 0))
  const [first, ...others] = placed
  const more = others.map(({ location, message }) =>
    location === undefined
      ? `  also ${message}`
      : `  also ${location.file}:${location.line}:${location.column} ${message}`,
  )
  return new ConfigError('CONFIG_INVALID', [first!.message, ...more].join('\n'), {
    ...(first!.location === undefined ? {} : { location: first!.location }),
    fix: first!.fix ?? '`flinkts config --all` lists the settings',
  })
}

function unusedWarnings(config: FlinktsConfig, originOf: (path: readonly string[]) => ConfigOrigin): string[] {
  // services chosen by a flag or a variable for once: the file's other settings wait for their turn
  if (originOf(['services']).kind !== 'file' && originOf(['services']).kind !== 'default') return []
  return unusedSettings(config).map(
    (path) =>
      `${path.join('.')} (${originText(originOf(path))}) does nothing with services: ${config.services ?? 'embedded'}`,
  )
}
