// A real Kafka to test against: its bootstrap address is in FLINKTS_KAFKA; without it these tests are skipped.
import { randomUUID } from 'node:crypto'
import { parseBootstrapServers } from '../../../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster, type KafkaClusterOptions } from '../../../engine/kafka/client/kafka-cluster.ts'
import { systemClock } from '../../../engine/time/clock.ts'

export const realKafka = process.env['FLINKTS_KAFKA']

export function openCluster(options: Partial<KafkaClusterOptions> = {}): KafkaCluster {
  const bootstrapServers = parseBootstrapServers(realKafka ?? 'localhost:9092')
  return new KafkaCluster({ bootstrapServers, clock: systemClock, random: Math.random, ...options })
}

export function newTopicName(about: string): string {
  return `${about}-${randomUUID().slice(0, 8)}`
}
