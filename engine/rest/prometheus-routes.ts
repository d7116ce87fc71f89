// GET /metrics for Prometheus, with the names and labels of Flink's Prometheus reporter: `flink_` and the logical scope
// (jobmanager, jobmanager_job, taskmanager, taskmanager_job_task, taskmanager_job_task_operator), then the metric.
// Answered from the last reports: nothing is asked of a TaskManager.
import { hostname } from 'node:os'
import { displayName } from '../graph/create-job-graph.ts'
import { hasEnded } from './job-json.ts'
import { jobManagerMetrics, jobMetrics, taskManagerMetrics, taskMetrics } from './metric-json.ts'
import { operatorMetrics } from './operator-metrics.ts'
import { PROMETHEUS_CONTENT_TYPE, prometheusText, type Sample } from './prometheus-text.ts'
import { replyText, type JobRequest, type JobRoute } from './route.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { SubtaskFigures } from '../cluster/execution-record.ts'
import type { JobVertex } from '../graph/job-graph.ts'

type Labels = Readonly<Record<string, string>>

/** Flink's Long.MIN_VALUE and Long.MAX_VALUE, as Prometheus' doubles hold them. */
const NO_WATERMARK = -(2 ** 63)

function numberOf(value: number): number {
  if (value === -Infinity) return NO_WATERMARK
  return value === Infinity ? -NO_WATERMARK : value
}

function* scoped(
  scope: string,
  metrics: Iterable<readonly [string, string | number]>,
  labels: Labels,
): Iterable<Sample> {
  for (const [name, value] of metrics) {
    if (typeof value !== 'number') continue
    yield { name: `flink_${scope}_${name}`, help: `${name} (scope: ${scope})`, labels, value: numberOf(value) }
  }
}

/** `KafkaSourceReader.topic.<topic>.partition.<n>.currentOffset`: topic and partition are labels, as in Flink. */
const OF_PARTITION = /^(KafkaSourceReader)\.topic\.(.*)\.partition\.(\d+)\.(\w+)$/

function* operatorSamples(figures: SubtaskFigures, vertex: JobVertex, labels: Labels): Iterable<Sample> {
  const scope = 'taskmanager_job_task_operator'
  for (const { node, metric, value } of operatorMetrics(figures, vertex)) {
    const own = { ...labels, operator_id: node.id, operator_name: displayName(node) }
    const [, reader, topic, partition, name] = OF_PARTITION.exec(metric) ?? []
    if (topic === undefined) yield* scoped(scope, [[metric, value]], own)
    else
      yield* scoped(scope, [[`${reader!}_topic_partition_${name!}`, value]], { ...own, topic, partition: partition! })
  }
}

function* jobSamples(job: ManagedJob, host: string, now: number): Iterable<Sample> {
  const { master, record } = job
  const ofJob = { host, job_id: master.jobId, job_name: record.jobName }
  yield* scoped('jobmanager_job', jobMetrics(job, now), ofJob)
  for (const vertex of master.options.graph.vertices) {
    for (const execution of master.records) {
      if (execution.vertexId !== vertex.id || execution.figures === undefined) continue
      const { subtaskIndex, attempt, taskManager = '' } = execution
      const labels = {
        ...ofJob,
        tm_id: taskManager,
        task_id: vertex.id,
        task_name: vertex.name,
        task_attempt_id: `${vertex.id}_${subtaskIndex}_${attempt}`,
        task_attempt_num: String(attempt),
        subtask_index: String(subtaskIndex),
      }
      yield* scoped('taskmanager_job_task', taskMetrics(execution.figures), labels)
      yield* operatorSamples(execution.figures, vertex, labels)
    }
  }
}

function* allSamples({ jobManager, now }: JobRequest): Iterable<Sample> {
  const host = hostname()
  yield* scoped('jobmanager', jobManagerMetrics(jobManager), { host })
  for (const view of jobManager.taskManagers) {
    yield* scoped('taskmanager', taskManagerMetrics(view), { host, tm_id: view.id })
  }
  for (const job of jobManager.jobs) if (!hasEnded(job)) yield* jobSamples(job, host, now)
}

export const prometheusRoutes: readonly JobRoute[] = [
  {
    method: 'GET',
    path: '/metrics',
    handle: (request) => replyText(prometheusText(allSamples(request)), PROMETHEUS_CONTENT_TYPE),
  },
]
