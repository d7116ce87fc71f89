// A strict reader of Prometheus' text exposition format 0.0.4, from its grammar: what Prometheus would refuse, it refuses.

export interface ParsedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/
const VALUE = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])

function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\n])/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
}

function readLabels(text: string, line: string): { labels: Record<string, string>; rest: string } {
  const labels: Record<string, string> = {}
  if (!text.startsWith('{')) return { labels, rest: text }
  let rest = text.slice(1)
  while (!rest.startsWith('}')) {
    const match = LABEL.exec(rest)
    if (match === null) throw new Error(`no label: ${line}`)
    if (Object.hasOwn(labels, match[1]!)) throw new Error(`label ${match[1]} twice: ${line}`)
    labels[match[1]!] = unescaped(match[2]!)
    rest = rest.slice(match[0].length)
    if (rest.startsWith(',')) rest = rest.slice(1)
    else if (!rest.startsWith('}')) throw new Error(`neither , nor }: ${line}`)
  }
  return { labels, rest: rest.slice(1) }
}

function numberOf(text: string): number {
  if (/inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text)
}

/** Throws for a line that is malformed, a family that stands in two places, a type that comes twice or late, a sample that comes twice. */
export function parsePrometheus(text: string): ParsedSample[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  const samples: ParsedSample[] = []
  const [families, typed, seen] = [new Set<string>(), new Set<string>(), new Set<string>()]
  let family: string | undefined
  const enter = (name: string, line: string): void => {
    if (name === family) return
    if (families.has(name)) throw new Error(`${name} stands in two places: ${line}`)
    families.add(name)
    family = name
  }
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*)(?: (.*))?$/.exec(line)
    if (comment !== null) {
      enter(comment[2]!, line)
      if (comment[1] === 'TYPE' && !TYPES.has(comment[3]!)) throw new Error(`unknown type: ${line}`)
      const key = `${comment[1]} ${comment[2]}`
      if (typed.has(key)) throw new Error(`twice: ${line}`)
      if ([...seen].some((sample) => sample.startsWith(`${comment[2]!}{`))) throw new Error(`late: ${line}`)
      typed.add(key)
      continue
    }
    const name = NAME.exec(line)?.[0]
    if (name === undefined) throw new Error(`no name: ${line}`)
    enter(name, line)
    const { labels, rest } = readLabels(line.slice(name.length), line)
    const [, value, ...more] = rest.split(' ')
    if (value === undefined || !VALUE.test(value) || more.length > 0) throw new Error(`no value: ${line}`)
    const key = `${name}{${JSON.stringify(Object.entries(labels).sort())}`
    if (seen.has(key)) throw new Error(`twice: ${line}`)
    seen.add(key)
    samples.push({ name, labels, value: numberOf(value) })
  }
  return samples
}
