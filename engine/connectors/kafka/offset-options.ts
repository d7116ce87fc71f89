// `scan.startup.*` and `scan.bounded.*`: where a Kafka table is read from and to.
// Source: Flink's KafkaConnectorOptionsUtil (validateScanStartupMode, validateScanBoundedMode) and KafkaDynamicSource.
import { optionError, readChoice, readInteger, type Options } from '../connector-options.ts'
import type { KafkaSourceSettings, OffsetSpec } from './kafka-settings.ts'

export const STARTUP_MODES = [
  'earliest-offset',
  'latest-offset',
  'group-offsets',
  'timestamp',
  'specific-offsets',
] as const
export const BOUNDED_MODES = ['unbounded', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'] as const
export const OFFSET_RESETS = ['earliest', 'latest', 'none'] as const

/** Throws OPTION_INVALID naming the option. */
export function readOffsetRange(
  options: Options,
  topics: readonly string[],
): Pick<KafkaSourceSettings, 'startup' | 'stopping' | 'groupId' | 'offsetReset'> {
  const startupMode = readChoice(options, 'scan.startup.mode', STARTUP_MODES, 'group-offsets')
  const boundedMode = readChoice(options, 'scan.bounded.mode', BOUNDED_MODES, 'unbounded')
  const groupId = options['properties.group.id'] ?? null
  if (groupId === null && startupMode === 'group-offsets') {
    const isDefault = options['scan.startup.mode'] === undefined
    throw groupMissing(
      `'scan.startup.mode' = 'group-offsets'${isDefault ? ' (the default)' : ''}`,
      "or set 'scan.startup.mode' to 'earliest-offset', 'latest-offset', 'timestamp' or 'specific-offsets'",
    )
  }
  if (groupId === null && boundedMode === 'group-offsets') {
    throw groupMissing(
      "'scan.bounded.mode' = 'group-offsets'",
      "or set 'scan.bounded.mode' to 'latest-offset', 'timestamp' or 'specific-offsets'",
    )
  }
  return {
    startup: readOffsets(options, 'startup', startupMode, topics),
    stopping: boundedMode === 'unbounded' ? null : readOffsets(options, 'bounded', boundedMode, topics),
    groupId,
    offsetReset: readChoice(options, 'properties.auto.offset.reset', OFFSET_RESETS, 'none'),
  }
}

function groupMissing(mode: string, otherwise: string): Error {
  return optionError(
    `Property group.id is required when using committed offset for offsets initializer: ${mode}.`,
    `Add 'properties.group.id' = '…', ${otherwise}.`,
  )
}

function readOffsets(
  options: Options,
  which: 'startup' | 'bounded',
  mode: OffsetSpec['mode'],
  topics: readonly string[],
): OffsetSpec {
  switch (mode) {
    case 'timestamp': {
      const key = `scan.${which}.timestamp-millis`
      const timestampMillis = readInteger(options, key, undefined, 0)
      if (timestampMillis !== undefined) return { mode, timestampMillis }
      throw optionError(
        `'${key}' is required in 'timestamp' ${which} mode but missing.`,
        `Add '${key}' = '…' (ms since 1970).`,
      )
    }
    case 'specific-offsets': {
      const offsets = readSpecificOffsets(options, which)
      if (topics.length === 1) return { mode, offsets: { [topics[0]!]: offsets } }
      throw optionError(
        'Currently Kafka source only supports specific offset for single topic.',
        `Name one topic, or use another 'scan.${which}.mode'.`,
      )
    }
    default:
      return { mode }
  }
}

const PARTITION_OFFSET = /^partition:(\d+),offset:(\d+)$/

function readSpecificOffsets(options: Options, which: 'startup' | 'bounded'): Record<string, number> {
  const key = `scan.${which}.specific-offsets`
  const text = options[key]
  if (text === undefined) {
    throw optionError(
      `'${key}' is required in 'specific-offsets' ${which} mode but missing.`,
      `Add '${key}' = 'partition:0,offset:42;partition:1,offset:300'.`,
    )
  }
  const offsets: Record<string, number> = {}
  for (const pair of text.split(';')) {
    const match = PARTITION_OFFSET.exec(pair.trim())
    if (match === null || !Number.isSafeInteger(Number(match[2]))) {
      throw optionError(
        `Invalid properties '${key}' should follow the format 'partition:0,offset:42;partition:1,offset:300', but is '${text}'.`,
        `Mend '${pair.trim()}'.`,
      )
    }
    offsets[String(Number(match[1]))] = Number(match[2])
  }
  return offsets
}
