// From the flags of `produce` to what is produced: refuses by name what does not go together.
import { FlinktsError, nearestName, systemClock } from '../../../engine/host.ts'
import { generators, type GeneratorDefinition } from '../../generators/index.ts'
import type { CreateSerializer } from '../../generators/record-serializer.ts'
import type { ProduceOptions } from '../produce-events.ts'
import type { FileFormat } from '../read-events.ts'
import type { EventOrigin, GeneratorOrigin } from './event-origin.ts'
import { eventTimePace, steadyPace, type Pace } from './pace.ts'
import {
  parseDisorder,
  parseHeader,
  parseRate,
  parseSet,
  parseShare,
  parseSkew,
  parseSpeed,
  parseStart,
} from './parse-produce-flags.ts'

/** The command line's flags by their names; undefined where not given. */
export interface ProduceFlags {
  readonly generator?: string | undefined
  readonly schema?: string | undefined
  readonly file?: string | undefined
  readonly format?: string | undefined
  readonly 'from-topic'?: string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly tombstone?: readonly string[] | undefined
  readonly rate?: string | undefined
  readonly speed?: string | undefined
  readonly count?: number | undefined
  readonly seed?: number | undefined
  readonly start?: string | undefined
  readonly 'time-column'?: string | undefined
  readonly 'record-time'?: string | undefined
  readonly 'out-of-order'?: string | undefined
  readonly late?: string | undefined
  readonly skew?: string | undefined
  readonly bad?: string | undefined
  readonly set?: readonly string[] | undefined
  readonly key?: string | undefined
  readonly 'null-values'?: boolean | undefined
  readonly partition?: number | undefined
  readonly 'idle-partition'?: readonly number[] | undefined
  readonly header?: readonly string[] | undefined
}

export interface ProduceContext {
  readonly topic: string
  /** Of flinkts.yaml: the field that is the key of files' records. */
  readonly topicKey: string | undefined
}

export type ProducePlan = Omit<ProduceOptions, 'connection' | 'signal' | 'progress' | 'notice'> & {
  /** What repeats the events, to the byte; undefined where they are given. */
  readonly repeat: { readonly seed: number; readonly startMs: number } | undefined
}

const SEED = 42
/** Where event time begins for a seed that was given: the same every day. */
const FIXED_START_MS = Date.UTC(2025, 10, 1)
const ENDLESS_RATE = 1000
/** Event time of a generator that goes as fast as it can: 1,000 events are a second. */
const UNPACED_RATE = 1000

type OriginKind = 'generator' | 'schema' | 'file' | 'topic' | 'tombstones'

/** Flags that say nothing for other origins. */
const ONLY_FOR: Readonly<Partial<Record<keyof ProduceFlags, readonly OriginKind[]>>> = {
  skew: ['generator', 'schema'],
  start: ['generator', 'schema'],
  format: ['file'],
  from: ['topic'],
  until: ['topic'],
  speed: ['file', 'topic'],
  'time-column': ['file', 'topic', 'schema'],
  'out-of-order': ['generator', 'schema', 'file', 'topic'],
  late: ['generator', 'schema', 'file', 'topic'],
  'null-values': ['generator', 'schema', 'file', 'topic'],
  set: ['generator', 'schema', 'file', 'topic'],
  bad: ['generator', 'schema', 'file', 'topic'],
  key: ['generator', 'schema', 'file', 'topic'],
}
const TITLES: Readonly<Record<OriginKind, string>> = {
  generator: '--generator',
  schema: '--schema',
  file: '--file',
  topic: '--from-topic',
  tombstones: '--tombstone',
}

function refuse(message: string, fix: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', message, { fix })
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
}

/** Without any, a topic named like a generator gets its events. */
function originKind(flags: ProduceFlags, topic: string): OriginKind {
  const given: OriginKind[] = []
  if (isGiven(flags.generator)) given.push('generator')
  if (isGiven(flags.schema)) given.push('schema')
  if (isGiven(flags.file)) given.push('file')
  if (isGiven(flags['from-topic'])) given.push('topic')
  if (isGiven(flags.tombstone)) given.push('tombstones')
  if (given.length > 1)
    throw refuse(
      `events can come from one place only, not from ${given.map((kind) => TITLES[kind]).join(' and ')}`,
      'Leave out all but one.',
    )
  if (given.length === 1) return given[0]!
  if (topic in generators) return 'generator'
  throw refuse(
    'nothing says where the events come from',
    `Add --generator (${Object.keys(generators).join(', ')}), --schema, --file, --from-topic or --tombstone.`,
  )
}

function checkFlags(flags: ProduceFlags, kind: OriginKind, keyField: string | undefined): void {
  for (const [flag, kinds] of Object.entries(ONLY_FOR)) {
    if (!isGiven(flags[flag as keyof ProduceFlags]) || kinds.includes(kind)) continue
    throw refuse(
      `--${flag} says nothing with ${TITLES[kind]}`,
      `Leave it out; it goes with ${kinds.map((each) => TITLES[each]).join(', ')}.`,
    )
  }
  if (isGiven(flags.rate) && isGiven(flags.speed))
    throw refuse('--rate and --speed both say how fast', 'Leave one of them out.')
  const needsTime = (['speed', 'out-of-order', 'late'] as const).find((flag) => isGiven(flags[flag]))
  if (kind === 'file' && needsTime !== undefined && !isGiven(flags['time-column']))
    throw refuse(`--${needsTime} needs the time of each event`, 'Name its field with --time-column.')
  if (kind === 'schema' && isGiven(flags.skew) && keyField === undefined)
    throw refuse('--skew of a schema needs a key', 'Name its field with --key.')
}

async function definitionOf(
  flags: ProduceFlags,
  kind: OriginKind,
  topic: string,
  keyField: string | undefined,
): Promise<{ readonly definition: GeneratorDefinition; readonly createSerializer?: CreateSerializer }> {
  if (kind === 'schema') {
    const { loadSchema } = await import('./load-schema.ts')
    return loadSchema({ reference: flags.schema!, timeField: flags['time-column'], keyField })
  }
  const name = flags.generator ?? topic
  const definition = Object.hasOwn(generators, name) ? generators[name] : undefined
  if (definition !== undefined) return { definition }
  const names = Object.keys(generators)
  const near = nearestName(name, names)
  throw refuse(
    `there is no generator '${name}'`,
    `${near === undefined ? '' : `Did you mean ${near}? `}Generators: ${names.join(', ')}; or --schema for events of your own.`,
  )
}

interface Timing {
  readonly startMs: number
  readonly intervalMs: number
  readonly pace: Pace | undefined
}

/**
 * Event time of a generator. Begins at --start; for a seed that was given at a fixed time, so that same seed is same bytes;
 * else now, or so that what is written at once ends now.
 */
function timingOf(flags: ProduceFlags): Timing {
  const rate = flags.rate === undefined ? (flags.count === undefined ? ENDLESS_RATE : Infinity) : parseRate(flags.rate)
  const isPaced = rate !== Infinity
  const intervalMs = 1000 / (isPaced ? rate : UNPACED_RATE)
  const given = flags.start === undefined ? undefined : parseStart(flags.start)
  const nowMs = Math.floor(systemClock.now())
  const isFixed = flags.start === undefined && flags.seed !== undefined
  const historyMs = isPaced || flags.start !== undefined ? 0 : Math.ceil((flags.count ?? 0) * intervalMs)
  const startMs = given ?? (isFixed ? FIXED_START_MS : nowMs - historyMs)
  return { startMs, intervalMs, pace: isPaced ? eventTimePace(1, startMs) : undefined }
}

function paceOf(flags: ProduceFlags): Pace | undefined {
  if (flags.speed !== undefined) {
    const speed = parseSpeed(flags.speed)
    return speed === Infinity ? undefined : eventTimePace(speed)
  }
  const rate = flags.rate === undefined ? Infinity : parseRate(flags.rate)
  return rate === Infinity ? undefined : steadyPace(rate)
}

function givenOrigin(flags: ProduceFlags, kind: OriginKind): EventOrigin {
  if (kind === 'tombstones') return { kind, keys: flags.tombstone! }
  const timeColumn = flags['time-column']
  if (kind === 'file') return { kind, path: flags.file!, format: flags.format as FileFormat | undefined, timeColumn }
  const byTime = flags.speed !== undefined || flags['out-of-order'] !== undefined || flags.late !== undefined
  return { kind: 'topic', topic: flags['from-topic']!, from: flags.from, until: flags.until, timeColumn, byTime }
}

/** Throws OPTION_INVALID and, for a schema, what is wrong with its file. */
export async function planProduce(flags: ProduceFlags, { topic, topicKey }: ProduceContext): Promise<ProducePlan> {
  const kind = originKind(flags, topic)
  // A generator has keys of its own, and so has another topic.
  const keyField = flags.key ?? (kind === 'file' || kind === 'schema' ? topicKey : undefined)
  checkFlags(flags, kind, keyField)
  const seed = flags.seed ?? SEED
  const common = {
    topic,
    seed,
    count: flags.count,
    disorder: parseDisorder(flags['out-of-order'], flags.late),
    changes: {
      set: (flags.set ?? []).map(parseSet),
      keyField,
      nullValues: flags['null-values'] === true,
      badShare: flags.bad === undefined ? 0 : parseShare('bad', flags.bad),
    },
    placement: { partition: flags.partition, idlePartitions: flags['idle-partition'] ?? [] },
    headers: (flags.header ?? []).map(parseHeader),
    recordTime: flags['record-time'] === 'now' ? ('now' as const) : ('event' as const),
  }
  if (kind !== 'generator' && kind !== 'schema')
    return { ...common, from: givenOrigin(flags, kind), pace: paceOf(flags), repeat: undefined }
  const { pace, ...timing } = timingOf(flags)
  const skew = flags.skew === undefined ? undefined : parseSkew(flags.skew)
  const from: GeneratorOrigin = {
    kind: 'generator',
    ...(await definitionOf(flags, kind, topic, keyField)),
    ...timing,
    skew,
  }
  return { ...common, from, pace, repeat: { seed, startMs: timing.startMs } }
}
