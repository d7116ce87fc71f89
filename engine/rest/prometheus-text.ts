// Prometheus' text exposition format 0.0.4. Source: prometheus.io/docs/instrumenting/exposition_formats.

export interface Sample {
  /** Any text: what Prometheus does not take becomes `_`, as in Flink's reporter. */
  readonly name: string
  /** What it is, for people. */
  readonly help: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

function metricName(name: string): string {
  const allowed = name.replaceAll(/[^a-zA-Z0-9:_]/g, '_')
  return /^\d/.test(allowed) ? `_${allowed}` : allowed
}

function labelName(name: string): string {
  return metricName(name).replaceAll(':', '_')
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

function labelsText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${labelName(name)}="${escaped(value).replaceAll('"', '\\"')}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

interface Family {
  readonly name: string
  readonly help: string
  /** Values by labels. */
  readonly lines: Map<string, string>
}

/**
 * Samples of one name stand together under one HELP and TYPE; a sample that stands there already is left out. Samples that
 * follow each other mostly share their labels, and many their name: both are written once.
 */
export function prometheusText(samples: Iterable<Sample>): string {
  const families = new Map<string, Family>()
  const byName = new Map<string, Family>()
  let written: Sample['labels'] | undefined
  let writtenText = ''
  for (const { name, help, labels, value } of samples) {
    let family = byName.get(name)
    if (family === undefined) {
      const allowed = metricName(name)
      family = families.get(allowed) ?? { name: allowed, help, lines: new Map() }
      families.set(allowed, family)
      byName.set(name, family)
    }
    if (labels !== written) {
      written = labels
      writtenText = labelsText(labels)
    }
    if (!family.lines.has(writtenText)) family.lines.set(writtenText, valueText(value))
  }
  let text = ''
  for (const { name, help, lines } of families.values()) {
    // Flink's counters may fall when a job begins anew: they are gauges to Prometheus
    text += `# HELP ${name} ${escaped(help)}\n# TYPE ${name} gauge\n`
    for (const [labelled, value] of lines) text += `${name}${labelled} ${value}\n`
  }
  return text
}
