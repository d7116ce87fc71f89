import { FlinktsError } from '../../../engine/host.ts'
import { parseEventTime } from './event-time.ts'

/** The value at `a.b` of a parsed record; undefined: there is none. */
export function valueAtPath(object: unknown, path: readonly string[]): unknown {
  let value = object
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

/** Reads the event time of parsed records from one of their fields. */
export class TimeColumn {
  private readonly name: string
  private readonly path: readonly string[]

  constructor(name: string) {
    this.name = name
    this.path = name.split('.')
  }

  /** ms since 1970. Throws FILE_INVALID, naming the record by `title`. */
  timeOf(object: unknown, title: () => string): number {
    const value = valueAtPath(object, this.path)
    const timeMs = parseEventTime(value)
    if (timeMs !== undefined) return timeMs
    const what = value === undefined ? `has no field '${this.name}'` : `has ${JSON.stringify(value)} in '${this.name}'`
    throw new FlinktsError('FILE_INVALID', `${title()} ${what}: a time is needed there`, {
      fix: 'Name the field of the time with --time-column; it holds ISO 8601, YYYY-MM-DD HH:MM:SS, or seconds or milliseconds since 1970.',
    })
  }
}
