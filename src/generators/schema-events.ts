// Events of any schema: a plan of how each field is drawn, made once from names and types. Texts are faker's; after the
// first 4,096 of a field they are drawn from these, for faker takes up to 20 µs for one.
import type { Faker } from '@faker-js/faker'
import type { EventBatch } from './event-batch.ts'
import {
  isForeignId,
  isLaterTimeName,
  isOwnId,
  isTimeName,
  rangeOf,
  textOf,
  wordsOf,
  type NumberRange,
} from './field-values.ts'
import type { EventGenerator, GeneratorContext, GeneratorDefinition } from './generator.ts'
import { uniformKey } from './pick-key.ts'
import type { FieldLogicalType, RecordSerializer, RecordType } from './record-serializer.ts'

/** Of ids that refer to something, and of keys. */
const ENTITIES = 1000
const POOL_TEXTS = 4096
const HOUR_MS = 3_600_000
/** Of a nullable field's values. */
const NULL_SHARE = 0.05
const NUMBER_MAX: Readonly<Record<string, number>> = { TINYINT: 127, SMALLINT: 32_767 }

export interface EventSchema {
  /** How messages name it. */
  readonly name: string
  readonly type: RecordType
  /** Undefined: the first that looks like one, if any. */
  readonly timeField?: string | undefined
  /** Its values are those of 1,000 keys, spread by `--skew`. */
  readonly keyField?: string | undefined
}

/** What the fields of one event share. */
interface EventMoment {
  index: number
  timeMs: number
  /** 0 to 999 */
  key: number
}

type WriteField = (serializer: RecordSerializer, field: number, moment: EventMoment) => void

interface PlanContext {
  readonly random: () => number
  /** Whether the next value of a nullable field is NULL. */
  readonly drawNull: () => boolean
  readonly faker: Faker
  readonly serializer: RecordSerializer
}

const isTime = (type: FieldLogicalType): boolean => ['TIMESTAMP', 'TIMESTAMP_LTZ', 'DATE', 'TIME'].includes(type.kind)
const isText = (type: FieldLogicalType): boolean => type.kind === 'CHAR' || type.kind === 'VARCHAR'
const isInteger = (type: FieldLogicalType): boolean => ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'].includes(type.kind)

/** The field that tells when the event happened; undefined: none does. */
export function timeFieldOf({ type, timeField }: EventSchema): string | undefined {
  if (timeField !== undefined) return timeField
  const instant = type.fields.find(({ type }) => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ')
  return (instant ?? type.fields.find(({ name, type }) => type.kind === 'BIGINT' && isTimeName(name)))?.name
}

/** Why events of this schema cannot be made; undefined: they can. */
export function unsupportedField({ fields }: RecordType): string | undefined {
  const isUnsupported = (type: FieldLogicalType): boolean => {
    if (type.kind === 'ARRAY') return isUnsupported(type.element)
    if (type.kind === 'MAP') return !isText(type.key) || isUnsupported(type.value)
    if (type.kind === 'ROW') return unsupportedField(type) !== undefined
    return ['MULTISET', 'INTERVAL_YEAR_MONTH', 'INTERVAL_DAY_TIME', 'NULL'].includes(type.kind)
  }
  return fields.find(({ type }) => isUnsupported(type))?.name
}

function inRange({ min, max }: NumberRange, random: () => number): number {
  return Math.floor(min + random() * (max - min + 1))
}

/** Digits behind the point that fit, and the range in units of the last. */
function scaledRange(name: string, type: FieldLogicalType): { readonly scale: number; readonly range: NumberRange } {
  const { min, max } = rangeOf(name)
  const precise = /\b(lat|latitude|lon|lng|long|longitude)\b/.test(wordsOf(name)) ? 5 : 2
  if (type.kind !== 'DECIMAL') return { scale: precise, range: { min: min * 10 ** precise, max: max * 10 ** precise } }
  const scale = Math.min(type.scale, precise)
  const limit = Math.min(10 ** Math.min(type.precision - type.scale + scale, 9) - 1, max * 10 ** scale)
  return { scale, range: { min: Math.max(-limit, Math.min(min * 10 ** scale, limit)), max: limit } }
}

function cutToLength(text: string, type: FieldLogicalType): string {
  if (type.kind !== 'CHAR' && type.kind !== 'VARCHAR') return text
  const cut = text.slice(0, type.length)
  return type.kind === 'CHAR' ? cut.padEnd(type.length) : cut
}

/** Draws texts of a field: new ones until the pool is full. */
function textPool(name: string, type: FieldLogicalType, { random, faker, serializer }: PlanContext): () => Uint8Array {
  const draw = textOf(name)
  const pool: Uint8Array[] = []
  return () => {
    if (pool.length === POOL_TEXTS) return pool[Math.floor(random() * POOL_TEXTS)]!
    const text = serializer.prepare(cutToLength(draw(faker), type))
    pool.push(text)
    return text
  }
}

/** An object stays one: `--set a.b=1` finds its field in every event. */
const mayBeNull = ({ kind, nullable }: FieldLogicalType): boolean => nullable && kind !== 'ROW'

/** Any value, as RecordSerializer.value takes it: for what nests. */
function drawValue(name: string, type: FieldLogicalType, context: PlanContext, moment: EventMoment): unknown {
  const { random, faker } = context
  const several = (limit: number): number => Math.floor(random() * (limit + 1))
  switch (type.kind) {
    case 'BOOLEAN':
      return random() < 0.5
    case 'ARRAY':
      return Array.from({ length: several(3) }, () => drawValue(name, type.element, context, moment))
    case 'MAP': {
      const keys = Array.from({ length: 1 + several(2) }, () => faker.word.noun())
      return Object.fromEntries(keys.map((key) => [key, drawValue(name, type.value, context, moment)]))
    }
    case 'ROW':
      return Object.fromEntries(
        type.fields.map(({ name, type }) => [
          name,
          mayBeNull(type) && context.drawNull() ? null : drawValue(name, type, context, moment),
        ]),
      )
    case 'BINARY':
    case 'VARBINARY':
      return Uint8Array.from({ length: Math.min(type.length, 8) }, () => Math.floor(random() * 256))
    case 'DECIMAL':
    case 'DOUBLE':
    case 'FLOAT': {
      const { scale, range } = scaledRange(name, type)
      return Number((inRange(range, random) / 10 ** scale).toFixed(scale))
    }
    default:
      if (isTime(type)) return moment.timeMs
      if (isText(type)) return cutToLength(textOf(name)(faker), type)
      if (isOwnId(name)) return moment.index + 1
      return isForeignId(name) ? 1 + several(ENTITIES - 1) : inRange(rangeOf(name), random)
  }
}

function planTime(name: string, isEventTime: boolean, { random }: PlanContext): WriteField {
  if (isEventTime) return (serializer, field, moment) => serializer.time(field, moment.timeMs)
  const sign = isLaterTimeName(name) ? 1 : -1
  return (serializer, field, moment) => serializer.time(field, moment.timeMs + sign * Math.floor(random() * HOUR_MS))
}

function planInteger(name: string, type: FieldLogicalType, { random }: PlanContext): WriteField {
  const max = NUMBER_MAX[type.kind] ?? Infinity
  if (isOwnId(name) && max === Infinity) return (serializer, field, { index }) => serializer.integer(field, index + 1)
  const known = isForeignId(name) ? { min: 1, max: ENTITIES } : rangeOf(name)
  const range = { min: known.min, max: Math.min(known.max, max) }
  return (serializer, field) => serializer.integer(field, inRange(range, random))
}

function planKey(name: string, type: FieldLogicalType, context: PlanContext): WriteField | undefined {
  if (isInteger(type) && type.kind !== 'TINYINT')
    return (serializer, field, { key }) => serializer.integer(field, key + 1)
  if (!isText(type)) return undefined
  const draw = textPool(name, type, context)
  const texts = Array.from({ length: ENTITIES }, draw)
  return (serializer, field, { key }) => serializer.text(field, texts[key]!)
}

function planField(
  name: string,
  type: FieldLogicalType,
  uses: { readonly isTime: boolean; readonly isKey: boolean },
  context: PlanContext,
): WriteField {
  const { random } = context
  if (uses.isKey) {
    const write = planKey(name, type, context)
    if (write !== undefined) return write
  }
  if (isTime(type) || (type.kind === 'BIGINT' && (uses.isTime || isTimeName(name))))
    return planTime(name, uses.isTime, context)
  if (isInteger(type)) return planInteger(name, type, context)
  if (type.kind === 'DECIMAL' || type.kind === 'DOUBLE' || type.kind === 'FLOAT') {
    const { scale, range } = scaledRange(name, type)
    return (serializer, field) => serializer.decimal(field, inRange(range, random), scale)
  }
  if (isText(type)) {
    const draw = textPool(name, type, context)
    return (serializer, field) => serializer.text(field, draw())
  }
  return (serializer, field, moment) => serializer.value(field, drawValue(name, type, context, moment))
}

/** As planField; some values of a nullable field are NULL, but neither the event's time nor its key. */
function planNullableField(
  name: string,
  type: FieldLogicalType,
  uses: { readonly isTime: boolean; readonly isKey: boolean },
  context: PlanContext,
): WriteField {
  const write = planField(name, type, uses, context)
  if (!mayBeNull(type) || uses.isTime || uses.isKey) return write
  return (serializer, field, moment) => {
    if (context.drawNull()) serializer.value(field, null)
    else write(serializer, field, moment)
  }
}

class SchemaEvents implements EventGenerator {
  private readonly context: GeneratorContext
  private readonly fields: readonly WriteField[]
  private readonly pickKey: () => number
  private readonly moment: EventMoment = { index: -1, timeMs: 0, key: 0 }

  constructor(schema: EventSchema, faker: Faker, context: GeneratorContext) {
    const { randomOf, serializer, pickKey, startMs } = context
    this.context = context
    this.pickKey = pickKey(ENTITIES, uniformKey(ENTITIES))
    faker.seed(Math.floor(randomOf('faker')() * 2 ** 32))
    faker.setDefaultRefDate(startMs)
    const randomNull = randomOf('null')
    const plan = { random: randomOf('schema'), drawNull: () => randomNull() < NULL_SHARE, faker, serializer }
    const timeField = timeFieldOf(schema)
    this.fields = schema.type.fields.map(({ name, type }) =>
      planNullableField(name, type, { isTime: name === timeField, isKey: name === schema.keyField }, plan),
    )
  }

  next(batch: EventBatch): void {
    const { startMs, intervalMs, disorder, serializer } = this.context
    const { moment, fields } = this
    moment.index++
    const tellMs = startMs + moment.index * intervalMs
    moment.timeMs = Math.floor(tellMs) - disorder.delayMs()
    moment.key = this.pickKey()
    const start = batch.out.length
    serializer.begin(batch.out)
    for (let field = 0; field < fields.length; field++) fields[field]!(serializer, field, moment)
    serializer.end()
    const index = batch.count
    batch.add(start, start, moment.timeMs, tellMs, disorder.isLate)
    batch.keyLength[index] = -1
  }
}

/** A generator of events of a schema; loads faker. The schema was checked by `unsupportedField`. */
export async function schemaGenerator(schema: EventSchema): Promise<GeneratorDefinition> {
  const { faker } = await import('@faker-js/faker/locale/en')
  return {
    name: schema.name,
    about: `events of the schema ${schema.name}`,
    type: schema.type,
    disorder: {},
    create: (context) => new SchemaEvents(schema, faker, context),
  }
}
