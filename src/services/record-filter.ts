// `--filter`: a condition of Flink SQL over the fields of JSON values. The SQL front end is loaded only where it is used.
import { FlinktsError, nearestName, systemClock } from '../../engine/host.ts'
import type { JsonCondition, JsonObject } from '../../engine/planner.ts'

export const FILTER_DESCRIPTION =
  "condition of Flink SQL on the fields of JSON values, e.g. 'total_amount > 10 AND zone.borough IS NOT NULL'"

/** The object a value spells; undefined where it is no JSON object. */
export function jsonObjectOf(value: Uint8Array | null): JsonObject | undefined {
  if (value === null || value.length < 2) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : undefined
  } catch {
    return undefined
  }
}

export class RecordFilter {
  readonly #condition: JsonCondition
  #notObjects = 0
  #toldAbsent = false
  #fieldsSeen: readonly string[] = []

  private constructor(condition: JsonCondition) {
    this.#condition = condition
  }

  /** Throws SQL_SYNTAX, SQL_VALIDATION, SQL_UNSUPPORTED with the column. */
  static async load(text: string): Promise<RecordFilter> {
    const { JsonCondition } = await import('../../engine/planner.ts')
    return new RecordFilter(new JsonCondition(text, { file: '--filter', clock: systemClock, random: Math.random }))
  }

  /**
   * 1 for each value that the condition holds for. Throws EXPRESSION_FAILED, naming the record by `nameOf`, and
   * SQL_VALIDATION with the column where the condition fits the types of no value so far.
   */
  test(values: readonly (Uint8Array | null)[], nameOf: (index: number) => string): Uint8Array {
    const objects = values.map(jsonObjectOf)
    const condition = this.#condition
    for (const object of objects) {
      if (object === undefined) this.#notObjects++
      else if (this.#fieldsSeen.length === 0) this.#fieldsSeen = Object.keys(object)
    }
    const selected = condition.test(objects, nameOf)
    if (condition.tested > 0 && condition.inapplicable === condition.tested) throw condition.mismatch!
    return selected
  }

  /** Fields that no record has had so far, as a line, once; undefined where each was seen, or no object was. */
  absentFields(): string | undefined {
    const { absentFields, tested } = this.#condition
    if (this.#toldAbsent || tested === 0 || absentFields.length === 0) return undefined
    this.#toldAbsent = true
    const named = absentFields.map((name) => {
      const near = nearestName(name, this.#fieldsSeen)
      return near === undefined ? `'${name}'` : `'${name}' (did you mean '${near}'?)`
    })
    return `no record has the field ${named.join(', ')} of --filter; the first has: ${this.#fieldsSeen.join(', ')}`
  }

  /** What was left out for another reason than the condition being false, as lines. */
  notices(): string[] {
    const { inapplicable, mismatch } = this.#condition
    const lines: string[] = []
    const absent = this.absentFields()
    if (absent !== undefined) lines.push(absent)
    if (this.#notObjects > 0) lines.push(`not JSON objects, so left out by --filter: ${this.#notObjects}`)
    if (inapplicable > 0)
      lines.push(`of other types than --filter takes, so left out: ${inapplicable} (${mismatch!.message})`)
    return lines
  }
}

/** As `RecordFilter.load`; undefined stays undefined. */
export async function loadFilter(text: string | undefined): Promise<RecordFilter | undefined> {
  if (text === undefined) return undefined
  if (text.trim() === '') throw new FlinktsError('OPTION_INVALID', '--filter is empty', { fix: 'Leave it out.' })
  return RecordFilter.load(text)
}
