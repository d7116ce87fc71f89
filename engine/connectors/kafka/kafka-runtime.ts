import type { ConnectorRuntime } from '../connector.ts'
import { KafkaEnumerator } from './kafka-enumerator.ts'
import { KafkaReader } from './kafka-reader.ts'
import { KafkaWriter } from './kafka-writer.ts'

export const kafkaRuntime: ConnectorRuntime = {
  createEnumerator: (spec, context) => new KafkaEnumerator(spec, context),
  createReader: (spec, context) => new KafkaReader(spec, context),
  createWriter: (spec, context) => new KafkaWriter(spec, context),
}
