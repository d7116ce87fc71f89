// All routes about jobs and TaskManagers, for http-server.ts. Flink serves them below /v1 too.
import { flinkRoutes } from './flink-routes.ts'
import { flinktsRoutes, type FlinktsRoutesOptions } from './flinkts-routes.ts'
import { toHttpRoute } from './route.ts'
import type { JobManager } from '../cluster/job-manager.ts'
import type { Route } from './http-server.ts'

export function jobRoutes(jobManager: JobManager, options: FlinktsRoutesOptions = {}): Route[] {
  const flink = flinkRoutes()
  const versioned = flink.map((route) => ({ ...route, path: `/v1${route.path}` }))
  return [...flink, ...versioned, ...flinktsRoutes(options)].map((route) => toHttpRoute(route, jobManager))
}
