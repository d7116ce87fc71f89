// The session settings that planning reads, under Flink's keys and with Flink's defaults.
import { localTimeZone } from '../../common/local-time-zone.ts'
import { parseDuration } from '../../common/duration.ts'
import { FlinktsError } from '../../common/errors.ts'
import { defaultParallelism } from '../../graph/parallelism.ts'

export interface PlanSettings {
  readonly configuration: Readonly<Record<string, string>>
  readonly isBatch: boolean
  readonly parallelism: number
  readonly sessionTimeZone: string
  readonly stateTtlMs: number
  readonly onNullInNotNull: 'error' | 'drop'
  readonly autoWatermarkIntervalMs: number
  readonly sourceIdleTimeoutMs: number
}

function duration(configuration: Readonly<Record<string, string>>, key: string, standard: number): number {
  const text = configuration[key]
  return text === undefined ? standard : parseDuration(text, key)
}

function oneOf<T extends string>(
  configuration: Readonly<Record<string, string>>,
  key: string,
  values: readonly T[],
): T {
  const text = (configuration[key] ?? values[0]!).toLowerCase()
  const value = values.find((each) => each === text)
  if (value !== undefined) return value
  throw new FlinktsError('OPTION_INVALID', `option '${key}' has the value '${configuration[key]}'`, {
    fix: `Set it to one of ${values.join(', ')}.`,
  })
}

export function readPlanSettings(configuration: Readonly<Record<string, string>>): PlanSettings {
  return {
    configuration,
    isBatch: oneOf(configuration, 'execution.runtime-mode', ['streaming', 'batch', 'automatic']) === 'batch',
    parallelism: defaultParallelism(configuration),
    sessionTimeZone: localTimeZone(configuration),
    stateTtlMs: duration(configuration, 'table.exec.state.ttl', 0),
    onNullInNotNull: oneOf(configuration, 'table.exec.sink.not-null-enforcer', ['error', 'drop']),
    autoWatermarkIntervalMs: duration(configuration, 'pipeline.auto-watermark-interval', 200),
    sourceIdleTimeoutMs: duration(configuration, 'table.exec.source.idle-timeout', 0),
  }
}
