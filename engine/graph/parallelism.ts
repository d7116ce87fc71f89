// Parallelism of a job from its settings, with Flink's keys and defaults.
import { FlinktsError } from '../common/errors.ts'
import { MAX_PARALLELISM_DEFAULT } from '../state/key-groups.ts'

const UPPER_BOUND = 32_768

function positiveInteger(configuration: Readonly<Record<string, string>>, key: string): number | undefined {
  const text = configuration[key]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > UPPER_BOUND) {
    throw new FlinktsError('OPTION_INVALID', `option '${key}' has the value '${text}'`, {
      fix: `Set ${key} to a whole number from 1 to ${UPPER_BOUND}.`,
    })
  }
  return value
}

/** `parallelism.default`, 1 where it is not set. */
export function defaultParallelism(configuration: Readonly<Record<string, string>>): number {
  return positiveInteger(configuration, 'parallelism.default') ?? 1
}

/** `pipeline.max-parallelism`, else Flink's choice: 128, or the next power of two above 1.5 × the parallelism. */
export function maxParallelism(configuration: Readonly<Record<string, string>>, parallelism: number): number {
  const configured = positiveInteger(configuration, 'pipeline.max-parallelism')
  if (configured === undefined) {
    const wanted = 2 ** Math.ceil(Math.log2(parallelism + parallelism / 2))
    return Math.min(Math.max(wanted, MAX_PARALLELISM_DEFAULT), UPPER_BOUND)
  }
  if (configured < parallelism) {
    throw new FlinktsError(
      'GRAPH_INVALID',
      `the parallelism ${parallelism} is above the maximum parallelism ${configured} of the job`,
      { fix: 'Lower the parallelism or raise pipeline.max-parallelism (state of an existing job is then lost).' },
    )
  }
  return configured
}
