// One record of a topic, followed through a job of the session.
import { inspectedJobOf, inspectRecord, type InspectedSource } from '../task/inspect-record.ts'
import type { RecordPosition } from '../connectors/kafka/read-record.ts'
import type { ManagedJob } from './job-manager.ts'

/** One for each Kafka source of the job that reads the topic; empty: none does. */
export function inspectJobRecord(
  { master }: Pick<ManagedJob, 'master'>,
  place: RecordPosition,
): Promise<InspectedSource[]> {
  const { graph, secrets, environment } = master.options
  return inspectRecord(inspectedJobOf(graph, secrets), place, environment)
}
