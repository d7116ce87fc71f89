// A broker's error code as an error of ours.
import { FlinktsError, type ErrorDetails } from '../../common/errors.ts'
import type { ErrorCode } from '../../common/error-codes.ts'
import { isRetriable, kafkaErrorName, type KafkaErrorName } from '../protocol/kafka-errors.ts'
import { RetriableKafkaError } from './backoff.ts'

const codeOf: Partial<Record<KafkaErrorName, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'KAFKA_TOPIC_MISSING',
  UNKNOWN_TOPIC_ID: 'KAFKA_TOPIC_MISSING',
  INCONSISTENT_TOPIC_ID: 'KAFKA_TOPIC_MISSING',
  OFFSET_OUT_OF_RANGE: 'KAFKA_OFFSET_OUT_OF_RANGE',
  CORRUPT_MESSAGE: 'KAFKA_BATCH_CORRUPT',
  UNSUPPORTED_VERSION: 'KAFKA_UNSUPPORTED',
  UNSUPPORTED_COMPRESSION_TYPE: 'KAFKA_UNSUPPORTED',
  UNKNOWN_SERVER_ERROR: 'KAFKA_PROTOCOL',
  INVALID_TOPIC_EXCEPTION: 'OPTION_INVALID',
  INVALID_PARTITIONS: 'OPTION_INVALID',
  INVALID_REPLICATION_FACTOR: 'OPTION_INVALID',
  INVALID_CONFIG: 'OPTION_INVALID',
}

const fixOf: Partial<Record<KafkaErrorName, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'Create the topic, or mend its name.',
  UNKNOWN_TOPIC_ID: 'The topic was deleted or created anew: start the job afresh.',
  INCONSISTENT_TOPIC_ID: 'The topic was created anew: start the job afresh.',
  MESSAGE_TOO_LARGE: 'Raise max.message.bytes of the topic, or lower batch.size.',
  TOPIC_AUTHORIZATION_FAILED: 'Give the user the right to this topic.',
  INVALID_TOPIC_EXCEPTION: 'Names of topics have 1 to 249 letters, digits, dots, underscores and hyphens.',
  INVALID_PARTITIONS: 'Topics have one partition or more; partitions can be added, but never taken away.',
  INVALID_CONFIG: "Names, values and limits are Kafka's: https://kafka.apache.org/41/configuration/topic-configs/",
  INVALID_TIMESTAMP:
    'Kafka takes times up to message.timestamp.after.max.ms (an hour) ahead of the present and message.timestamp.before.max.ms behind it.',
}

/** `what`: what was asked for, as the beginning of a sentence ("reading rides-0"). */
export function kafkaError(errorCode: number, what: string, message?: string | null): FlinktsError {
  const name = kafkaErrorName(errorCode)
  const details: ErrorDetails = { fix: fixOf[name] }
  const text = `${what}: the broker says ${name}${message ? ` (${message})` : ''}`
  // Kafka calls it retriable, for another replica may have room; a single broker's disk has to be cleared by somebody
  if (name === 'KAFKA_STORAGE_ERROR' && message?.includes('ENOSPC'))
    return new FlinktsError('DISK_FULL', text, { fix: 'Make room on the disk of the broker.' })
  const code = codeOf[name] ?? 'KAFKA_REFUSED'
  return isRetriable(errorCode) ? new RetriableKafkaError(code, text, details) : new FlinktsError(code, text, details)
}
