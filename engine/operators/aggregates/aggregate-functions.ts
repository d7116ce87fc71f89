// All aggregate functions by Flink's names.
import type { LogicalType } from '../../types/logical-type.ts'
import type { AggregateDefinition } from './aggregate-definition.ts'
import { arrayAgg, collect, listagg } from './collections.ts'
import { average, count, sum, sum0 } from './count-sum-average.ts'
import { max, min } from './extremes.ts'
import { firstValue, lastValue } from './first-last-value.ts'
import { stddevPop, stddevSamp, varPop, varSamp } from './variances.ts'

export const aggregateFunctions: Readonly<Record<string, AggregateDefinition>> = {
  COUNT: count,
  SUM: sum,
  $SUM0: sum0,
  SUM0: sum0,
  AVG: average,
  MIN: min,
  MAX: max,
  FIRST_VALUE: firstValue,
  LAST_VALUE: lastValue,
  STDDEV_POP: stddevPop,
  STDDEV_SAMP: stddevSamp,
  STDDEV: stddevSamp,
  VAR_POP: varPop,
  VAR_SAMP: varSamp,
  VARIANCE: varSamp,
  LISTAGG: listagg,
  COLLECT: collect,
  ARRAY_AGG: arrayAgg,
}

/** Why an aggregate call cannot run, as a sentence for a planning error; undefined where it can. */
export function refuseAggregate(
  name: string,
  argumentTypes: readonly LogicalType[],
  resultType: LogicalType,
): string | undefined {
  const definition = aggregateFunctions[name]
  if (definition === undefined) {
    return `aggregate function ${name} is not supported; supported are ${Object.keys(aggregateFunctions)
      .filter((known) => !known.includes('SUM0'))
      .join(', ')}`
  }
  const { min: fewest, max: most } = definition.arguments
  if (argumentTypes.length < fewest || argumentTypes.length > most) {
    return `${name} takes ${fewest === most ? fewest : `${fewest} to ${most}`} arguments, not ${argumentTypes.length}`
  }
  const reason = definition.refuse?.(argumentTypes, resultType)
  return reason === undefined ? undefined : `${name}: ${reason}`
}
