// Warnings of what is legal, does what Flink does, and is seldom meant. The same words from SQL and from the TypeScript API,
// so that a job of both says each once.

export function idleTrap(tableName: string, subtasks: number): string {
  return (
    `${tableName} is read by ${subtasks} subtasks and has no idle timeout: a partition without records, or a subtask ` +
    "without a partition, holds back the watermark and no window fires. Set 'table.exec.source.idle-timeout', e.g. to '10 s'."
  )
}

export function idleTrapInTypeScript(tableName: string, subtasks: number): string {
  return idleTrap(tableName, subtasks).replace(
    /Set .*$/,
    'Give its watermark strategy an idle timeout, e.g. `idleAfter: seconds(10)`.',
  )
}

export const CHECKPOINT_TRAP =
  "No checkpoint interval is set: after a crash the job starts from its beginning. Set 'execution.checkpointing.interval', " +
  "e.g. to '10 s', to go on where it was."
