// What stands in paths, queries and bodies of Flink's REST API, checked as Flink checks it: what cannot be read is a bad
// request, what is not there is not found.
import { FlinktsError } from '../common/errors.ts'
import { HttpStatusError } from './http-status-error.ts'
import { recordOf, vertexOf } from './vertex-json.ts'
import type { ExecutionRecord } from '../cluster/execution-record.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { JobVertex } from '../graph/job-graph.ts'
import type { JobRequest } from './route.ts'

const ID = /^[0-9a-f]{32}$/i
const INTEGER = /^\d{1,15}$/

function unreadable(what: string, name: string, value: string): FlinktsError {
  return new FlinktsError(
    'OPTION_INVALID',
    `Bad request, could not parse parameters: Cannot resolve ${what} parameter (${name}) from value "${value}".`,
  )
}

/** 32 hexadecimal digits. Throws OPTION_INVALID. */
export function idParameter({ params }: JobRequest, name: string): string {
  const value = params[name]!
  if (!ID.test(value)) throw unreadable('path', name, value)
  return value.toLowerCase()
}

/** Throws OPTION_INVALID. */
export function integerParameter({ params }: JobRequest, name: string): number {
  const value = params[name]!
  if (!INTEGER.test(value)) throw unreadable('path', name, value)
  return Number(value)
}

/** Throws OPTION_INVALID, JOB_NOT_FOUND. */
export function jobOf(request: JobRequest): ManagedJob {
  return request.jobManager.job(idParameter(request, 'jobid'))
}

/** Throws OPTION_INVALID, JOB_NOT_FOUND. */
export function jobAndVertexOf(request: JobRequest): { readonly job: ManagedJob; readonly vertex: JobVertex } {
  const job = jobOf(request)
  return { job, vertex: vertexOf(job, idParameter(request, 'vertexid')) }
}

/** Throws OPTION_INVALID, JOB_NOT_FOUND. */
export function subtaskOf(request: JobRequest): ExecutionRecord {
  const { job, vertex } = jobAndVertexOf(request)
  return recordOf(job, vertex.id, integerParameter(request, 'subtaskindex'))
}

/** Throws OPTION_INVALID. */
export function integerQuery({ query }: JobRequest, name: string, whenMissing: number): number {
  const value = query.get(name)
  if (value === null) return whenMissing
  if (!INTEGER.test(value)) throw unreadable('query', name, value)
  return Number(value)
}

/** Undefined where the parameter is missing. Throws OPTION_INVALID where one is not `allowed`. */
export function listQuery(
  { query }: JobRequest,
  name: string,
  allowed: (value: string) => boolean = () => true,
): readonly string[] | undefined {
  const value = query.get(name)
  if (value === null || value === '') return undefined
  const all = value.split(',')
  const wrong = all.find((part) => !allowed(part))
  if (wrong !== undefined) throw unreadable('query', name, wrong)
  return all
}

export function isId(value: string): boolean {
  return ID.test(value)
}

const RANGE = /^(\d{1,9})(?:-(\d{1,9}))?$/

/** `subtasks=0,2-4`; undefined: all. Throws OPTION_INVALID. */
export function subtaskFilter(request: JobRequest): ((index: number) => boolean) | undefined {
  const ranges = listQuery(request, 'subtasks', (value) => RANGE.test(value))?.map((value) => {
    const [, from, to] = RANGE.exec(value)!
    return { from: Number(from), to: Number(to ?? from) }
  })
  if (ranges === undefined) return undefined
  return (index) => ranges.some(({ from, to }) => from <= index && index <= to)
}

type FieldType = 'string' | 'boolean' | 'number'
type FieldOf<T extends FieldType> = T extends 'string' ? string : T extends 'boolean' ? boolean : number

/**
 * The body's fields; null stands for a missing one. Throws HttpStatusError 400 for a body that is no object, a field
 * that is not in `types` and one of another type.
 */
export function bodyFields<T extends Readonly<Record<string, FieldType>>>(
  body: unknown,
  types: T,
): { readonly [Name in keyof T]?: FieldOf<T[Name]> } {
  if (body === undefined) return {}
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpStatusError(
      400,
      'Bad request received. Request did not match expected format: the body is no object.',
    )
  }
  const fields = Object.entries(body as Record<string, unknown>).filter(([, value]) => value !== null)
  for (const [name, value] of fields) {
    if (!Object.hasOwn(types, name))
      throw new HttpStatusError(400, `Bad request received. Unrecognized field "${name}".`)
    if (typeof value !== types[name]) {
      throw new HttpStatusError(400, `Bad request received. Field "${name}" is no ${types[name]}.`)
    }
  }
  return Object.fromEntries(fields) as { readonly [Name in keyof T]?: FieldOf<T[Name]> }
}
