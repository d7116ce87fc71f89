// How a job begins, given how it last ended: the restart rule, pure. Every branch says in one line what it does.
import { FlinktsError, type ErrorData } from '../common/errors.ts'
import type { CheckpointManifest } from '../checkpoint/checkpoint-manifest.ts'
import type { Json } from '../common/json.ts'

/** How the job's last run ended. `running` on disk means that nobody wrote an ending: the session crashed. */
export type JobEnding =
  | { readonly kind: 'running' }
  /** The session was ended under it, by whom (`flinkts down`) if that is known, and there is no savepoint. */
  | { readonly kind: 'suspended'; readonly by?: string | undefined }
  /** The client of an attached job died. */
  | { readonly kind: 'aborted' }
  /** `hasRun` false: before anything was read or written. Absent in older records. */
  | { readonly kind: 'failed'; readonly cause: ErrorData; readonly hasRun?: boolean | undefined }
  /** `drained`: all windows had fired; the job was over for good. Absent: no. */
  | { readonly kind: 'stopped'; readonly savepoint: string; readonly drained?: true | undefined }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'finished' }

/** It failed as it started: of such a run nothing is left, neither rows nor state. */
export function neverRan(ending: JobEnding): ending is Extract<JobEnding, { kind: 'failed' }> {
  return ending.kind === 'failed' && ending.hasRun === false
}

export interface StartFlags {
  readonly fresh?: boolean | undefined
  /** Location of a checkpoint or savepoint. */
  readonly restore?: string | undefined
}

export interface StartFacts {
  /** Undefined: the job never ran. */
  readonly ending: JobEnding | undefined
  /** The newest checkpoint that can be read. */
  readonly checkpoint: string | undefined
  /** Why newer ones cannot. */
  readonly corrupt: readonly string[]
  /** Sinks that keep every row they are given (append): a second run doubles them. */
  readonly appendSinks: readonly string[]
  readonly checkpointing: boolean
}

export type StartDecision =
  | { readonly kind: 'fresh'; readonly say: readonly string[] }
  | {
      readonly kind: 'restore'
      readonly location: string
      /** False: the user named the location, identities of sources may differ. */
      readonly automatic: boolean
      readonly say: readonly string[]
    }

export function decideStart(facts: StartFacts, flags: StartFlags): StartDecision {
  if (flags.restore !== undefined) {
    return { kind: 'restore', location: flags.restore, automatic: false, say: [`restoring from ${flags.restore}`] }
  }
  const { ending, checkpoint } = facts
  if (flags.fresh === true) {
    return { kind: 'fresh', say: [...(isResumable(facts) ? [freshAsAsked(facts)] : []), ...addedAgain(facts)] }
  }
  switch (ending?.kind) {
    case undefined:
      return { kind: 'fresh', say: [] }
    case 'running':
    case 'aborted':
      return afterCrash(facts, 'the last run ended in a crash')
    case 'suspended':
      return afterCrash(facts, endedUnder(ending))
    case 'failed':
      return afterCrash(facts, `the last run failed: ${firstCause(ending.cause).message}`)
    case 'stopped':
      if (ending.drained === true) return afterDrain(facts, ending.savepoint)
      return {
        kind: 'restore',
        location: ending.savepoint,
        automatic: true,
        say: [`resuming from the savepoint of the last stop, ${ending.savepoint}`],
      }
    case 'canceled':
      return {
        kind: 'fresh',
        say: [
          checkpoint === undefined
            ? 'the last run was cancelled; starting fresh'
            : `the last run was cancelled; starting fresh (its last checkpoint can be restored: --restore ${checkpoint})`,
          ...addedAgain(facts),
        ],
      }
    case 'finished':
      return {
        kind: 'fresh',
        say: facts.appendSinks.map(
          (sink) => `the last run finished: what this run reads again is added to '${sink}' again`,
        ),
      }
  }
}

/** What reads on behind windows that fired early gives wrong results: Flink's documentation says not to. */
function afterDrain(facts: StartFacts, savepoint: string): StartDecision {
  const said = `the last run was drained, its windows are complete; starting fresh (to read on all the same: --restore ${savepoint})`
  return { kind: 'fresh', say: [said, ...addedAgain(facts)] }
}

/** Whether a run without flags would go on from the state of the last one. */
function isResumable({ ending, checkpoint }: StartFacts): boolean {
  if (ending === undefined || ending.kind === 'finished' || ending.kind === 'canceled') return false
  if (ending.kind === 'stopped') return ending.drained !== true
  return checkpoint !== undefined
}

/** An append sink keeps what the last run gave it. */
function addedAgain({ ending, appendSinks }: StartFacts): string[] {
  if (ending === undefined || neverRan(ending)) return []
  return appendSinks.map((sink) => `'${sink}' keeps the rows of the last run: what is read again is added again`)
}

function freshAsAsked({ ending, checkpoint }: StartFacts): string {
  const left = ending?.kind === 'stopped' ? ending.savepoint : checkpoint!
  return `starting fresh, as asked (what the last run left can be restored: --restore ${left})`
}

function endedUnder({ by }: Extract<JobEnding, { kind: 'suspended' }>): string {
  return `the last run was ended by ${by ?? 'the end of its session'} without a savepoint`
}

function afterCrash(facts: StartFacts, what: string): StartDecision {
  const fallBacks = facts.corrupt.map((reason) => `${reason}; falling back to the checkpoint before it`)
  if (facts.checkpoint === undefined) {
    if (facts.corrupt.length > 0) {
      throw new FlinktsError(
        'CHECKPOINT_CORRUPT',
        `${what}, and none of its checkpoints can be read: ${facts.corrupt[0]}`,
        {
          fix: 'Begin anew with --fresh; rows that were already written stay where they are.',
        },
      )
    }
    if (facts.ending !== undefined && neverRan(facts.ending)) return { kind: 'fresh', say: [] }
    const reason = facts.checkpointing
      ? 'before its first checkpoint'
      : 'without checkpoints (execution.checkpointing.interval is not set)'
    const said = `${what} ${reason}: nothing could be restored, starting fresh`
    return { kind: 'fresh', say: [said, ...addedAgain(facts)] }
  }
  const hint = facts.ending?.kind === 'failed' ? ' (--fresh begins anew)' : ''
  return {
    kind: 'restore',
    location: facts.checkpoint,
    automatic: true,
    say: [...fallBacks, `${what}; resuming from ${facts.checkpoint}${hint}`],
  }
}

/** The error at the bottom: what the user has to look at. */
export function firstCause(error: ErrorData): ErrorData {
  let cause = error
  while (cause.cause !== undefined) cause = cause.cause
  return cause
}

/** Equal, but for counts named `partitions`, which may have grown: what is new is read from its beginning. */
function isSame(before: Json | undefined, now: Json | undefined, key?: string): boolean {
  if (key === 'partitions' && typeof before === 'number' && typeof now === 'number') return now >= before
  if (before === null || now === null || typeof before !== 'object' || typeof now !== 'object') return before === now
  const [left, right] = [Object.entries(before), Object.keys(now)]
  return (
    left.length === right.length &&
    left.every(([name, value]) => isSame(value, (now as Record<string, Json>)[name], name))
  )
}

type Difference = readonly [path: string, before: Json | undefined, now: Json | undefined]

function differences(before: Json | undefined, now: Json | undefined, path = ''): Difference[] {
  const [left, right] = [fieldsOf(before), fieldsOf(now)]
  if (left === undefined || right === undefined)
    return isSame(before, now, path.split('.').at(-1)) ? [] : [[path, before, now]]
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return names.flatMap((name) => differences(left[name], right[name], path === '' ? name : `${path}.${name}`))
}

function fieldsOf(value: Json | undefined): Readonly<Record<string, Json>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, Json>) : undefined
}

/**
 * Positions belong to the cluster and topic they were read from, results to the table they went to. Throws
 * CHECKPOINT_INCOMPATIBLE naming what is another one.
 */
export function checkIdentity(
  { manifest, location }: { readonly manifest: CheckpointManifest; readonly location: string },
  operatorId: string,
  identity: Json,
): void {
  const operator = manifest.operators.find((candidate) => candidate.operatorId === operatorId)
  if (operator?.identity === undefined || isSame(operator.identity, identity)) return
  const isSource = operator.splits !== undefined
  const what = differences(operator.identity, identity)
    .map(([path, before, now]) => `"${path}" was ${said(before)}, is ${said(now)}`)
    .join('; ')
  throw new FlinktsError(
    'CHECKPOINT_INCOMPATIBLE',
    `${manifest.type} ${manifest.checkpointId} does not belong to what '${operator.name}' ${isSource ? 'reads' : 'writes to'} now: ${what}`,
    {
      fix: `Bring the former ${isSource ? 'cluster or topic' : 'database or table'} back, go on with this one all the same with --restore ${location}, or begin anew with --fresh.`,
    },
  )
}

function said(value: Json | undefined): string {
  return value === undefined ? 'not there' : JSON.stringify(value)
}

/** State must find its operator. Throws CHECKPOINT_INCOMPATIBLE naming what would be lost. */
export function checkOperators(
  manifest: CheckpointManifest,
  operators: ReadonlyMap<string, { readonly maxParallelism: number }>,
  allowNonRestoredState: boolean,
): void {
  for (const operator of manifest.operators) {
    const bytes = operator.state.reduce((sum, part) => sum + part.length, 0)
    const holds = bytes > 0 || (operator.splits?.length ?? 0) > 0
    const found = operators.get(operator.operatorId)
    if (found === undefined && holds && !allowNonRestoredState) {
      const what = bytes > 0 ? `${bytes} bytes of state` : 'the positions'
      throw new FlinktsError(
        'CHECKPOINT_INCOMPATIBLE',
        `the changed job has no operator for ${what} of '${operator.name}' in checkpoint ${manifest.checkpointId}`,
        { fix: 'Begin anew with --fresh, or drop that state with --allow-non-restored-state.' },
      )
    }
    if (found !== undefined && bytes > 0 && found.maxParallelism !== operator.maxParallelism) {
      throw new FlinktsError(
        'CHECKPOINT_INCOMPATIBLE',
        `'${operator.name}' has maximum parallelism ${found.maxParallelism}, its state in checkpoint ${manifest.checkpointId} was written with ${operator.maxParallelism}`,
        { fix: `Set pipeline.max-parallelism to ${operator.maxParallelism}, or begin anew with --fresh.` },
      )
    }
  }
}
