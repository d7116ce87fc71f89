// What `--window` names: a time of the job's windows, as people write window_start.
import { FlinktsError } from '../common/errors.ts'
import { EventTimes } from './phrase.ts'

const FORM = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,3})?))?)?\s*(Z|[+-]\d\d:?\d\d)?$/i

/** Local time of `zone` in ms; with a zone of its own it is converted. Throws OPTION_INVALID. */
export function parseWindowTime(text: string, zone: string): number {
  const match = FORM.exec(text.trim())
  const [, day, time = '00:00', seconds = '00', own] = match ?? []
  const local = match === null ? NaN : Date.parse(`${day}T${time}:${seconds}Z`)
  // 30 February is the 2nd of March to Date.parse
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(day!)) {
    throw new FlinktsError('OPTION_INVALID', `'${text}' is no time of a window`, {
      fix: "Write its window_start in the job's local time: '2025-11-01 10:00'.",
    })
  }
  if (own === undefined) return local
  const instant = Date.parse(`${day}T${time}:${seconds}${/^z$/i.test(own) ? 'Z' : own.replace(/^(...):?/, '$1:')}`)
  return new EventTimes(zone).toLocal(instant)
}
