// The paths of Flink's REST API. Source: those of Flink 2.2's dispatcher; test/fixtures/rest/flink-paths.json lists them.
import { flinkClusterRoutes, type ClusterRoutesOptions } from './flink-cluster-routes.ts'
import { flinkJobRoutes } from './flink-job-routes.ts'
import { flinkOperationRoutes } from './flink-operation-routes.ts'
import { flinkVertexRoutes } from './flink-vertex-routes.ts'
import { unsupportedRoutes } from './unsupported-routes.ts'
import type { JobRoute } from './route.ts'

export function flinkRoutes(options: ClusterRoutesOptions): JobRoute[] {
  return [
    ...flinkClusterRoutes(options),
    ...flinkJobRoutes(options),
    ...flinkVertexRoutes,
    ...flinkOperationRoutes(),
    ...unsupportedRoutes,
  ]
}
