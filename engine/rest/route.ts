// A path of the REST API about jobs: handlers get the JobManager and give a JSON body. Served by http-server.ts.
import type { JobManager } from '../cluster/job-manager.ts'
import type { Route, RouteAnswer, RouteRequest } from './http-server.ts'

export interface JobRequest extends RouteRequest {
  readonly jobManager: JobManager
  /** ms since 1970. */
  readonly now: number
}

export interface JobRoute {
  readonly method: Route['method']
  readonly path: string
  /** Gives the body of a 200, or an answer made by `reply`. */
  readonly handle: (request: JobRequest) => unknown
}

class Reply {
  readonly answer: RouteAnswer
  constructor(answer: RouteAnswer) {
    this.answer = answer
  }
}

export function reply(status: number, body: unknown): unknown {
  return new Reply({ kind: 'json', status, body })
}

/** UTF-8 text as it is. */
export function replyText(body: string | Uint8Array, contentType = 'text/plain'): unknown {
  return new Reply({ kind: 'text', contentType, body })
}

export function replyLines(run: Extract<RouteAnswer, { kind: 'lines' }>['run']): unknown {
  return new Reply({ kind: 'lines', run })
}

export function toHttpRoute({ method, path, handle }: JobRoute, jobManager: JobManager): Route {
  return {
    method,
    path,
    async handle(request) {
      const now = jobManager.options.environment.clock.now()
      const result = await handle({ ...request, jobManager, now })
      return result instanceof Reply ? result.answer : { kind: 'json', body: result }
    },
  }
}
