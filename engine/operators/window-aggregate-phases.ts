// Two-phase window aggregation: a local phase aggregates per slice in front of the exchange, a global one merges what
// the local ones send. Source: Flink's LocalWindowAggregate and GlobalWindowAggregate.
import { withNullability, types, type RowField, type RowType } from '../types/logical-type.ts'
import { generateAggregateCode, type AggregateCode } from './aggregates/aggregate-code.ts'
import type { WindowAggregateSpec } from './operator-spec.ts'

export const SLICE_END_FIELD = '$slice_end'

export function windowAggregateCode(spec: WindowAggregateSpec): AggregateCode {
  return generateAggregateCode({
    calls: spec.aggregates,
    inputType: spec.localInputType ?? spec.inputType,
    retracting: spec.inputChangelog,
    countRows: spec.inputChangelog,
  })
}

/** True where `localSpec` and `globalSpec` of this single-phase aggregation give the same results. */
export function supportsLocalPhase(spec: WindowAggregateSpec): boolean {
  const { shape, time } = spec.window
  if (shape.kind === 'session' || (time.kind !== 'rowtime' && time.kind !== 'event-time') || spec.inputChangelog)
    return false
  return windowAggregateCode(spec).columns.every((column) => column.exchangeType !== undefined)
}

/** What the local phase sends: keys, accumulators, slice end (BIGINT, local ms). */
export function localOutputType(spec: WindowAggregateSpec): RowType {
  const keys = spec.keys.map((key): RowField => spec.inputType.fields[key]!)
  const accumulators = windowAggregateCode(spec).columns.map(({ name, storage, exchangeType }): RowField => ({
    name,
    type: withNullability(exchangeType!, storage === 'cell'),
  }))
  return types.row([...keys, ...accumulators, { name: SLICE_END_FIELD, type: types.bigint(false) }], false)
}

export function localSpec(single: WindowAggregateSpec): WindowAggregateSpec {
  return { ...single, phase: 'local', outputType: localOutputType(single), properties: [] }
}

export function globalSpec(single: WindowAggregateSpec): WindowAggregateSpec {
  return {
    ...single,
    phase: 'global',
    inputType: localOutputType(single),
    localInputType: single.inputType,
    keys: single.keys.map((_, index) => index),
  }
}
