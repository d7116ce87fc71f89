// What `keyedStream.process(…)` is given: declared state, declared outputs, two functions. Source: Flink's
// KeyedProcessFunction ("Process Function", "Working with State", "Side Outputs").
import type { LogicalType } from '../types/logical-type.ts'
import type { FieldType, Schema } from './schema.ts'

declare const held: unique symbol

/** One value of type `V` per key. */
export interface ValueStateDeclaration<V> {
  readonly kind: 'value'
  readonly valueType: LogicalType
  readonly [held]?: V
}

/** A map from `K` to `V` per key. */
export interface MapStateDeclaration<K, V> {
  readonly kind: 'map'
  readonly keyType: LogicalType
  readonly valueType: LogicalType
  readonly [held]?: readonly [K, V]
}

/** State by its name, which checkpoints find it by. */
export type StateDeclarations = Readonly<
  Record<string, ValueStateDeclaration<unknown> | MapStateDeclaration<unknown, unknown>>
>
export type NoState = Readonly<Record<never, never>>

/** Schemas of side outputs by tag. Source: Flink's OutputTag. */
export type SideOutputs = Readonly<Record<string, Schema<unknown>>>
export type NoSideOutputs = Readonly<Record<never, never>>
export type SideRecord<Sides extends SideOutputs, Tag extends keyof Sides> =
  Sides[Tag] extends Schema<infer T> ? T : never

function logicalTypeOf(type: FieldType<unknown> | Schema<unknown>): LogicalType {
  return 'rowType' in type ? type.rowType : type.logicalType
}

/**
 * Declares one value per key: `valueState(t.double())`, or a record of a schema. A job goes on from a checkpoint only with
 * the types it was stored with.
 */
export function valueState<V>(type: FieldType<V> | Schema<V>): ValueStateDeclaration<V> {
  return { kind: 'value', valueType: logicalTypeOf(type) }
}

/**
 * Declares a map per key: `mapState(t.string(), t.int())`. Each entry is found, changed and stored by itself, however
 * many there are.
 */
export function mapState<K, V>(key: FieldType<K>, value: FieldType<V> | Schema<V>): MapStateDeclaration<K, V> {
  return { kind: 'map', keyType: key.logicalType, valueType: logicalTypeOf(value) }
}

/** The value of the key that is worked for. A value changed in place is not stored: `update` it. */
export interface ValueState<V> {
  /** Undefined: there is none. */
  value(): V | undefined
  update(value: V): void
  clear(): void
}

/** The map of the key that is worked for. */
export interface MapState<K, V> {
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  put(key: K, value: V): void
  remove(key: K): void
  clear(): void
  /** As they are now, in the order in which they were put, which a restore may change. */
  keys(): K[]
  values(): V[]
  entries(): [K, V][]
}

type StateOf<State extends StateDeclarations> = {
  readonly [Name in keyof State]: State[Name] extends ValueStateDeclaration<infer V>
    ? ValueState<V>
    : State[Name] extends MapStateDeclaration<infer K, infer V>
      ? MapState<K, V>
      : never
}

/** Timers of the key that is worked for; one per time, however often it is registered. */
export interface Timers {
  /** Whole ms since 1970. One that is due already fires next. */
  register(at: number): void
  /** Does nothing where there is none. */
  delete(at: number): void
}

export interface ProcessTime {
  /** Of the record or the timer, ms since 1970. Fails where the stream has no event time. */
  readonly eventTime: number
  /**
   * No record with an event time up to this is expected any more; -Infinity before the first, Infinity once the input has
   * ended. A record is late where `eventTime <= watermark`; it is not dropped. Kept over restores.
   */
  readonly watermark: number
  /** The clock, ms since 1970. */
  readonly processingTime: number
}

/** What both functions are given. It belongs to the call: nothing of it works afterwards. */
export interface ProcessContext<Key, Out, Sides extends SideOutputs, State extends StateDeclarations> {
  /** The fields of keyBy. */
  readonly key: Key
  readonly state: StateOf<State>
  readonly timers: {
    /** Fire in the order of their times when the watermark has reached them: all of them at the end of the input. */
    readonly eventTime: Timers
    /** Fire when the clock has reached them; at the end of the input those left are dropped, as in Flink. */
    readonly processingTime: Timers
  }
  readonly time: ProcessTime
  /** The record goes on with the event time of the record or timer that is worked for. */
  readonly emit: (record: Out) => void
  readonly sideOutput: <Tag extends keyof Sides & string>(tag: Tag, record: SideRecord<Sides, Tag>) => void
}

export interface TimerContext<
  Key,
  Out,
  Sides extends SideOutputs,
  State extends StateDeclarations,
> extends ProcessContext<Key, Out, Sides, State> {
  /** Which timer fires. */
  readonly timeDomain: 'event-time' | 'processing-time'
}

/** Results go to `emit`; a promise is refused: functions on the stream are synchronous. */
type Nothing = void | boolean

export interface ProcessDefinition<T, Key, Out, Sides extends SideOutputs, State extends StateDeclarations> {
  /** Of what `emit` takes. */
  readonly output: Schema<Out>
  readonly sideOutputs?: Sides
  /** Kept per key, in checkpoints too; there is no time to live: clear it, in a timer for instance. */
  readonly state?: State
  /** Also for late records. */
  onRecord(record: T, context: ProcessContext<Key, NoInfer<Out>, NoInfer<Sides>, NoInfer<State>>): Nothing
  /** `at`: the time it was registered for. */
  onTimer?(at: number, context: TimerContext<Key, NoInfer<Out>, NoInfer<Sides>, NoInfer<State>>): Nothing
}
