// Minimum, maximum, average and quantiles, in the shapes of Flink's REST API.

function quantile(sorted: readonly number[], fraction: number): number {
  if (sorted.length === 0) return 0
  return sorted[Math.min(sorted.length - 1, Math.ceil(fraction * sorted.length) - 1)] ?? sorted[0]!
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

const ascending = (values: readonly number[]): number[] => [...values].sort((left, right) => left - right)

/** As under `summary` of checkpoints: quantiles are the string "NaN" without values. */
export function checkpointSummary(values: readonly number[]): Record<string, number | string> {
  const sorted = ascending(values)
  const at = (fraction: number): number | string => (sorted.length === 0 ? 'NaN' : quantile(sorted, fraction))
  return {
    min: Math.round(sorted[0] ?? 0),
    max: Math.round(sorted.at(-1) ?? 0),
    avg: Math.round(average(sorted)),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
  }
}

/** As under `aggregated` of vertices. */
export function aggregated(values: readonly number[]): Record<string, number> {
  const sorted = ascending(values)
  return {
    p25: quantile(sorted, 0.25),
    min: sorted[0] ?? 0,
    avg: Math.round(average(sorted)),
    median: quantile(sorted, 0.5),
    max: sorted.at(-1) ?? 0,
    sum: sorted.reduce((sum, value) => sum + value, 0),
    p95: quantile(sorted, 0.95),
    p75: quantile(sorted, 0.75),
  }
}

export const aggregationNames: readonly string[] = ['min', 'max', 'avg', 'sum', 'skew']

/** How far values lie from their average, in percent of it. Source: Flink's DoubleAccumulator.DoubleDataSkew. */
function skew(values: readonly number[]): number {
  const middle = average(values)
  if (middle === 0) return 0
  return Math.min(100, (average(values.map((value) => Math.abs(value - middle))) / middle) * 100)
}

/** Of at least one value; `wanted`: some of `aggregationNames`. */
export function aggregations(values: readonly number[], wanted: readonly string[]): Record<string, number> {
  const sum = values.reduce((total, value) => total + value, 0)
  const ordered = ascending(values)
  const all = { min: ordered[0]!, max: ordered.at(-1)!, avg: average(values), sum, skew: skew(values) }
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)))
}
