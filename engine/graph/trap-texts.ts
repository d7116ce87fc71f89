// Warnings of what is legal, does what Flink does, and is seldom meant. The same words from SQL and from the TypeScript API,
// so that a job of both says each once. `place`: `file:line:column`, or `line 3, column 1`, of what it is about.

function at(text: string, place: string | undefined): string {
  return place === undefined ? text : `${text} (${place})`
}

export function idleTrap(tableName: string, subtasks: number, place?: string): string {
  const text =
    `${tableName} is read by ${subtasks} subtasks and has no idle timeout: a partition without records, or a subtask ` +
    "without a partition, holds back the watermark and no window fires. Set 'table.exec.source.idle-timeout', e.g. to '10 s'."
  return at(text, place)
}

export function idleTrapInTypeScript(tableName: string, subtasks: number, place?: string): string {
  const text = idleTrap(tableName, subtasks).replace(
    /Set .*$/,
    'Give its watermark strategy an idle timeout, e.g. `idleAfter: seconds(10)`.',
  )
  return at(text, place)
}

const CHECKPOINT_TRAP =
  "No checkpoint interval is set: after a crash the job starts from its beginning. Set 'execution.checkpointing.interval', " +
  "e.g. to '10 s', to go on where it was."

export function checkpointTrap(place?: string): string {
  return at(CHECKPOINT_TRAP, place)
}

/** The trap of missing checkpoints is the whole job's: where its parts each met it, the first tells of it. */
export function onceEach(warnings: readonly string[]): string[] {
  const first = warnings.find((warning) => warning.startsWith(CHECKPOINT_TRAP))
  return [...new Set(warnings)].filter((warning) => warning === first || !warning.startsWith(CHECKPOINT_TRAP))
}
