// Why a job failed and failed before: /jobs/:job/exceptions, each failure's first cause taken apart.
import { callRest } from '../rest-client.ts'
import { numberOf, objectOf, objectsOf, textOf, type RestAnswer } from './rest-answer.ts'

export interface ExceptionView {
  readonly at: number
  /** Code of the first cause. */
  readonly code: string
  /** What happened: the first cause's own words. */
  readonly message: string
  /** The lines below it: how to fix it, where in the user's source, what it was reported as. */
  readonly details: readonly string[]
  /** `Calc[2] (1/2) - execution #3`; undefined: no subtask in particular. */
  readonly task: string | undefined
  readonly taskManager: string | undefined
  /** What happened next: `restart in 1000 ms`. */
  readonly consequence: string | undefined
}

export interface ExceptionsView {
  /** Newest first. */
  readonly entries: readonly ExceptionView[]
  readonly isTruncated: boolean
}

function exceptionOf(entry: RestAnswer): ExceptionView {
  const code = textOf(entry['exceptionName']) ?? '?'
  const [first = '', ...rest] = (textOf(entry['stacktrace']) ?? '').split('\n')
  return {
    at: numberOf(entry['timestamp']) ?? 0,
    code,
    message: first.startsWith(`${code}: `) ? first.slice(code.length + 2) : first,
    details: rest.map((line) => line.replace(/^\t/, '  ')).filter((line) => line.trim() !== ''),
    task: textOf(entry['taskName']),
    taskManager: textOf(entry['taskManagerId']),
    consequence: textOf(objectOf(entry['failureLabels'])['consequence']),
  }
}

export async function readExceptions(address: string, jobId: string): Promise<ExceptionsView> {
  const answer = await callRest<RestAnswer>(address, { path: `/jobs/${jobId}/exceptions?maxExceptions=16` })
  const history = objectOf(answer['exceptionHistory'])
  return { entries: objectsOf(history['entries']).map(exceptionOf), isTruncated: history['truncated'] === true }
}
