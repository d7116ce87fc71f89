// Which WITH options a table of a connector may have, and what they can be set to where it is one of a few: for completion.
import { csvFormatOptionChoices } from '../formats/csv/csv-format-options.ts'
import { jsonFormatOptionChoices } from '../formats/json/json-format-options.ts'
import { saslMechanisms } from '../kafka/protocol/sasl-mechanisms.ts'
import { securityProtocols } from '../kafka/protocol/security-protocol.ts'
import { blackholeOptionKeys } from './blackhole/definition.ts'
import {
  BOOLEANS,
  sourceOptionChoices,
  type OptionChoices,
  type OptionKeys,
  type Options,
} from './connector-options.ts'
import { datagenFieldKeys, datagenOptionKeys, GENERATOR_KINDS } from './datagen/definition.ts'
import { connectorDefinitions } from './definitions.ts'
import { FILE_FORMATS, filesystemOptionKeys } from './filesystem/definition.ts'
import { jdbcOptionKeys } from './jdbc/definition.ts'
import { kafkaOptionKeys, SINK_GUARANTEES, SINK_PARTITIONERS } from './kafka/definition.ts'
import { COMPRESSION_TYPES, ISOLATION_LEVELS } from './kafka/kafka-properties.ts'
import { BOUNDED_MODES, OFFSET_RESETS, STARTUP_MODES } from './kafka/offset-options.ts'
import { FIELDS_INCLUDE, SUPPORTED_FORMATS } from './kafka/record-formats.ts'
import { printOptionKeys } from './print/definition.ts'

export interface KnownOptions {
  /** Required ones first, then by name. */
  readonly keys: readonly string[]
  readonly choices: OptionChoices
}

const withPrefix = (prefix: string, choices: OptionChoices): OptionChoices =>
  Object.fromEntries(Object.entries(choices).map(([key, values]) => [prefix + key, values]))

const known = (
  { required, optional }: OptionKeys,
  choices: OptionChoices,
  more: readonly string[] = [],
): KnownOptions => ({
  keys: [...required, ...[...new Set([...optional, ...more])].sort()],
  choices,
})

const jsonChoices = (prefix: string): OptionChoices => withPrefix(prefix, jsonFormatOptionChoices)

const kafkaChoices: OptionChoices = {
  format: SUPPORTED_FORMATS,
  'key.format': SUPPORTED_FORMATS,
  'value.format': SUPPORTED_FORMATS,
  'value.fields-include': FIELDS_INCLUDE,
  'properties.bootstrap.servers': ['${KAFKA}'],
  'properties.auto.offset.reset': OFFSET_RESETS,
  'properties.compression.type': COMPRESSION_TYPES,
  'properties.isolation.level': ISOLATION_LEVELS,
  'properties.sasl.mechanism': saslMechanisms,
  'properties.security.protocol': securityProtocols,
  'scan.startup.mode': STARTUP_MODES,
  'scan.bounded.mode': BOUNDED_MODES,
  'sink.delivery-guarantee': SINK_GUARANTEES,
  'sink.partitioner': SINK_PARTITIONERS,
  ...jsonChoices('json.'),
  ...jsonChoices('key.json.'),
  ...jsonChoices('value.json.'),
  ...sourceOptionChoices,
}

function datagenOptions(columns: readonly string[]): KnownOptions {
  const choices = columns.flatMap((column): [string, readonly string[]][] => [
    [`fields.${column}.kind`, GENERATOR_KINDS],
    [`fields.${column}.var-len`, BOOLEANS],
  ])
  const keys = datagenOptionKeys(columns.flatMap(datagenFieldKeys))
  return known(keys, { ...Object.fromEntries(choices), ...sourceOptionChoices })
}

/**
 * The options of a table that is being written: `options` as far as they are there, `columns` its columns. Undefined for a
 * connector that is not known.
 */
export function knownOptions(options: Options, columns: readonly string[]): KnownOptions | undefined {
  switch (options['connector']) {
    case 'kafka': {
      const properties = Object.keys(kafkaChoices).filter((key) => key.startsWith('properties.'))
      return known(kafkaOptionKeys(options), kafkaChoices, properties)
    }
    case 'jdbc':
      return known(jdbcOptionKeys, { url: ['${POSTGRES}'], ...sourceOptionChoices })
    case 'filesystem':
      return known(filesystemOptionKeys(options), {
        format: FILE_FORMATS,
        ...withPrefix('csv.', csvFormatOptionChoices),
        ...jsonChoices('json.'),
        ...sourceOptionChoices,
      })
    case 'datagen':
      return datagenOptions(columns)
    case 'print':
      return known(printOptionKeys, { 'standard-error': BOOLEANS })
    case 'blackhole':
      return known(blackholeOptionKeys, {})
    default:
      return undefined
  }
}

export const connectorNames: readonly string[] = connectorDefinitions.map(({ identifier }) => identifier)
