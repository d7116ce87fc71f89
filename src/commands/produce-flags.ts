// The flags of `produce`: many, so they have a file of their own. What goes with what is planProduce's.
import { Flags } from '@oclif/core'

const from = { helpGroup: 'SOURCE' }
const pace = { helpGroup: 'TIME' }
const disorder = { helpGroup: 'DISORDER' }
const record = { helpGroup: 'RECORD' }

export const produceFlags = {
  generator: Flags.string({ ...from, description: 'name of an event generator' }),
  schema: Flags.string({
    ...from,
    helpValue: 'FILE#NAME',
    description:
      'events of a schema (jobs/schemas.ts#Ride) or of a table (job.sql#rides); names of fields decide what is in them; of a nullable field 5 % are NULL, but not of the event time and the key',
  }),
  file: Flags.string({ ...from, description: 'CSV or JSON-lines file; - is standard input' }),
  format: Flags.string({ ...from, options: ['csv', 'json'], description: "of the file, where its name doesn't tell" }),
  'from-topic': Flags.string({
    ...from,
    description: 'another topic: keys, values, headers and times as they are there',
  }),
  from: Flags.string({ ...from, description: 'where to begin in that topic (default: earliest)' }),
  until: Flags.string({ ...from, description: 'where to end in that topic (default: now)' }),
  tombstone: Flags.string({
    ...from,
    helpValue: 'KEY',
    multiple: true,
    multipleNonGreedy: true,
    description: 'a record without a value for this key',
  }),

  rate: Flags.string({
    ...pace,
    description: 'records per second, or max (default: max, 1000 for generators without --count)',
  }),
  speed: Flags.string({
    ...pace,
    helpValue: '60x|max',
    description: 'pace of the events of a file or topic, by their times (default: max)',
  }),
  count: Flags.integer({ ...pace, description: 'stop after so many records', min: 1 }),
  seed: Flags.integer({ ...pace, description: 'seed of everything that is drawn (default: 42)' }),
  start: Flags.string({ ...pace, helpValue: 'TIME|now', description: "event time of a generator's first event" }),
  'time-column': Flags.string({
    ...pace,
    helpValue: 'FIELD',
    description: 'field with the time of the event: ISO 8601, YYYY-MM-DD HH:MM:SS, s or ms since 1970',
  }),
  'record-time': Flags.string({
    ...pace,
    options: ['event', 'now'],
    default: 'event',
    description: "timestamps of the records: the events' times, or when they are written",
  }),

  'out-of-order': Flags.string({
    ...disorder,
    helpValue: '5s',
    description: 'tell each event up to so much later than it happened',
  }),
  late: Flags.string({
    ...disorder,
    helpValue: '2%:30s..5m',
    description: 'tell a share of the events this much later',
  }),
  skew: Flags.string({ ...disorder, helpValue: 'zipf:1.2', description: 'how unevenly keys are spread' }),
  'idle-partition': Flags.integer({
    ...disorder,
    min: 0,
    multiple: true,
    multipleNonGreedy: true,
    description: 'write nothing to this partition',
  }),
  bad: Flags.string({
    ...disorder,
    helpValue: '0.1%',
    description: 'spoil a share of the records: cut off, wrong type, empty, not UTF-8',
  }),

  set: Flags.string({
    ...record,
    helpValue: 'FIELD=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'give a field (a.b: inside an object) this value in every record',
  }),
  key: Flags.string({
    ...record,
    helpValue: 'FIELD',
    description:
      "field that becomes the record's key (default: the generator's; for files the topic's key in flinkts.yaml)",
  }),
  'null-values': Flags.boolean({ ...record, description: 'write keys without values: tombstones' }),
  partition: Flags.integer({ ...record, min: 0, description: 'write everything to this partition' }),
  header: Flags.string({
    ...record,
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'header of every record',
  }),
}
