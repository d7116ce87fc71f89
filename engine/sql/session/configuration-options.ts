// The options of Flink that flinkts knows. SET takes any key, as Flink does; what an option that is not here would change
// is not known, so it is kept without effect and listed.
//
// honoured: has its effect. tuning-only: changes speed on the JVM, never results: accepted without effect. refused: would
// change results, state or security, and is not built: a job that sets it to another value than the default is refused.

export type OptionStatus = 'honoured' | 'tuning-only' | 'refused'
export type OptionType = 'string' | 'boolean' | 'integer' | 'duration' | 'memory' | 'time-zone' | readonly string[]

export interface ConfigurationOption {
  /** Values of enumerations are matched without regard to case. */
  readonly type: OptionType
  /** Flink's default, or flinkts's where it says so. */
  readonly default: string | undefined
  readonly status: OptionStatus
}

const honoured = (type: OptionType, standard?: string): ConfigurationOption => ({
  type,
  default: standard,
  status: 'honoured',
})
const tuning = (type: OptionType, standard?: string): ConfigurationOption => ({
  type,
  default: standard,
  status: 'tuning-only',
})
const refused = (type: OptionType, standard: string): ConfigurationOption => ({
  type,
  default: standard,
  status: 'refused',
})

export const configurationOptions: Readonly<Record<string, ConfigurationOption>> = {
  'pipeline.name': honoured('string'),
  'parallelism.default': honoured('integer', '1'),
  'pipeline.max-parallelism': honoured('integer'),
  'pipeline.operator-chaining.enabled': honoured('boolean', 'true'),
  'pipeline.auto-watermark-interval': honoured('duration', '200 ms'),
  'pipeline.object-reuse': tuning('boolean', 'false'),
  'pipeline.generic-types': tuning('boolean', 'true'),
  'pipeline.jars': tuning('string'),
  'execution.runtime-mode': honoured(['STREAMING', 'BATCH', 'AUTOMATIC'], 'STREAMING'),
  'execution.attached': tuning('boolean', 'true'),
  'execution.buffer-timeout.interval': tuning('duration', '100 ms'),
  'execution.buffer-timeout.enabled': tuning('boolean', 'true'),
  'execution.checkpointing.interval': honoured('duration'),
  'execution.checkpointing.mode': honoured(['EXACTLY_ONCE', 'AT_LEAST_ONCE'], 'EXACTLY_ONCE'),
  'execution.checkpointing.timeout': honoured('duration', '10 min'),
  'execution.checkpointing.min-pause': honoured('duration', '0 ms'),
  'execution.checkpointing.max-concurrent-checkpoints': refused('integer', '1'),
  'execution.checkpointing.tolerable-failed-checkpoints': honoured('integer', '0'),
  'execution.checkpointing.unaligned.enabled': refused('boolean', 'false'),
  'execution.checkpointing.incremental': tuning('boolean', 'false'),
  'execution.checkpointing.storage': tuning('string'),
  'execution.checkpointing.dir': honoured('string'),
  'execution.checkpointing.savepoint-dir': honoured('string'),
  // flinkts's default: a damaged checkpoint is not the end of a job
  'execution.checkpointing.num-retained': honoured('integer', '2'),
  // names of Flink 1
  'state.checkpoints.dir': honoured('string'),
  'state.savepoints.dir': honoured('string'),
  'state.checkpoints.num-retained': honoured('integer'),
  'restart-strategy': honoured('string'),
  'state.backend.type': honoured('string', 'hashmap'),
  'restart-strategy.type': honoured('string'),
  'restart-strategy.fixed-delay.attempts': honoured('integer', '1'),
  'restart-strategy.fixed-delay.delay': honoured('duration', '1 s'),
  'restart-strategy.exponential-delay.initial-backoff': honoured('duration', '1 s'),
  'restart-strategy.exponential-delay.max-backoff': honoured('duration', '1 min'),
  'restart-strategy.exponential-delay.backoff-multiplier': honoured('string', '1.5'),
  'restart-strategy.exponential-delay.reset-backoff-threshold': honoured('duration', '1 h'),
  'restart-strategy.exponential-delay.jitter-factor': honoured('string', '0.1'),
  'restart-strategy.exponential-delay.attempts-before-reset-backoff': honoured('integer', '2147483647'),
  // of the session, not of a job: slots are set in flinkts.yaml
  'taskmanager.numberOfTaskSlots': tuning('integer', '1'),
  'table.local-time-zone': honoured('time-zone', 'default'),
  'table.dml-sync': honoured('boolean', 'false'),
  'table.exec.state.ttl': honoured('duration', '0 ms'),
  'table.exec.source.idle-timeout': honoured('duration', '0 ms'),
  'table.exec.sink.not-null-enforcer': honoured(['ERROR', 'DROP'], 'ERROR'),
  'table.exec.resource.default-parallelism': refused('integer', '-1'),
  'table.exec.sink.type-length-enforcer': refused(['IGNORE', 'TRIM_PAD', 'ERROR'], 'IGNORE'),
  'table.exec.sink.upsert-materialize': refused(['AUTO', 'NONE', 'FORCE'], 'AUTO'),
  'table.exec.sink.keyed-shuffle': refused(['AUTO', 'NONE', 'FORCE'], 'AUTO'),
  'table.exec.source.cdc-events-duplicate': refused('boolean', 'false'),
  'table.exec.legacy-cast-behaviour': refused(['ENABLED', 'DISABLED'], 'DISABLED'),
  'table.exec.deduplicate.insert-update-after-sensitive-enabled': refused('boolean', 'true'),
  'table.exec.mini-batch.enabled': tuning('boolean', 'false'),
  'table.exec.mini-batch.allow-latency': tuning('duration', '0 ms'),
  'table.exec.mini-batch.size': tuning('integer', '-1'),
  'table.exec.async-lookup.buffer-capacity': tuning('integer', '100'),
  'table.exec.async-lookup.timeout': tuning('duration', '3 min'),
  'table.exec.async-state.enabled': tuning('boolean', 'false'),
  'table.exec.operator-fusion-codegen.enabled': tuning('boolean', 'false'),
  'table.exec.sort.default-limit': refused('integer', '-1'),
  'table.exec.spill-compression.enabled': tuning('boolean', 'true'),
  'table.exec.window-agg.buffer-size-limit': tuning('integer', '100000'),
  'table.exec.simplify-operator-name-enabled': tuning('boolean', 'true'),
  'table.optimizer.agg-phase-strategy': tuning(['AUTO', 'ONE_PHASE', 'TWO_PHASE'], 'AUTO'),
  'table.optimizer.distinct-agg.split.enabled': tuning('boolean', 'false'),
  'table.optimizer.join-reorder-enabled': tuning('boolean', 'false'),
  'table.optimizer.reuse-source-enabled': honoured('boolean', 'true'),
  'table.optimizer.reuse-sub-plan-enabled': tuning('boolean', 'true'),
  'table.optimizer.source.predicate-pushdown-enabled': tuning('boolean', 'true'),
  'table.optimizer.nonmonotonic-plan-check': tuning('string'),
  'table.generated-code.max-length': tuning('integer', '4000'),
  'table.dynamic-table-options.enabled': honoured('boolean', 'true'),
  'table.column-expansion-strategy': refused('string', ''),
  'table.sql-dialect': refused('string', 'default'),
  'table.rtas-ctas.atomicity-enabled': refused('boolean', 'false'),
  'table.plan.restore.catalog-objects': tuning('string', 'ALL'),
  // of the SQL shell
  'table.display.max-column-width': honoured('integer', '30'),
  'sql-client.execution.result-mode': honoured(['TABLE', 'CHANGELOG', 'TABLEAU'], 'TABLE'),
  // flinkts's default: Flink's 1,000,000 rows take a gigabyte here
  'sql-client.execution.max-table-result.rows': honoured('integer', '100000'),
  'sql-client.display.max-column-width': honoured('integer', '30'),
  'sql-client.verbose': tuning('boolean', 'false'),
}
