// All routes about jobs and TaskManagers, for http-server.ts. Flink serves them below /v1 too.
import { flinkRoutes } from './flink-routes.ts'
import type { ClusterRoutesOptions } from './flink-cluster-routes.ts'
import { flinktsRoutes, type FlinktsRoutesOptions } from './flinkts-routes.ts'
import { toHttpRoute } from './route.ts'
import { prometheusRoutes } from './prometheus-routes.ts'
import { whyRoutes } from './why-routes.ts'
import type { JobManager } from '../cluster/job-manager.ts'
import type { Route } from './http-server.ts'

export type JobRoutesOptions = FlinktsRoutesOptions & ClusterRoutesOptions

export function jobRoutes(jobManager: JobManager, options: JobRoutesOptions = {}): Route[] {
  const flink = flinkRoutes(options)
  const versioned = flink.map((route) => ({ ...route, path: `/v1${route.path}` }))
  return [...flink, ...versioned, ...flinktsRoutes(options), ...whyRoutes, ...prometheusRoutes].map((route) =>
    toHttpRoute(route, jobManager),
  )
}
