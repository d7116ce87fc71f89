// A TypeScript job file → a graph with its bundle.
import type { BuiltJob, JobDefinition } from '../../engine/index.ts'
import {
  bundleFailure,
  FlinktsError,
  isFlinktsError,
  locateInBundle,
  runUserCode,
  type StreamGraph,
} from '../../engine/host.ts'
import { planUnplannedSql, SessionConfiguration, sqlPlanner } from '../../engine/planner.ts'
import { bundleJob, loadBundled, type BundledJob } from './bundle-job.ts'
import { explainMissingImport } from './missing-import.ts'
import { jdbcUrl, type ProjectAddresses } from './project-settings.ts'
import type { ServiceName } from './session/session-protocol.ts'

export interface TypeScriptPlanOptions {
  readonly addresses: ProjectAddresses
  readonly configuration: Readonly<Record<string, string>>
  /** Added to the options of every Kafka source, under Flink's keys. */
  readonly kafkaOptions?: Readonly<Record<string, string>>
}

/** A job file that is bundled and loaded; where its services are is not known yet. */
export interface PreparedTypeScriptJob {
  /** The job's name: how a next run finds it. */
  readonly key: string
  /** Services whose address the job leaves out. */
  readonly services: readonly ServiceName[]
  /** Settings of the job that have no effect here. */
  readonly ignoredSettings: readonly string[]
  /** Throws GRAPH_INVALID, OPTION_INVALID and what SQL inside the job can be refused for, with the place in the source. */
  readonly plan: (options: TypeScriptPlanOptions) => StreamGraph
}

// Addresses nobody can have: where they turn up in the graph the job has left its own out.
const NO_KAFKA = 'kafka.invalid:1'
const NO_POSTGRES = 'postgresql://nobody:none@postgres.invalid:1/none'

function jobOf(exported: unknown, file: string): JobDefinition {
  const job = exported as Partial<JobDefinition> | undefined
  if (job?.kind === 'flinkts-job') return job as JobDefinition
  const what = job === undefined ? 'has no default export' : 'exports something else than a job by default'
  throw new FlinktsError('FILE_INVALID', `${file} ${what}`, {
    location: { file, line: 1, column: 1 },
    fix: "end it with `export default job('name', (env) => { … })`",
  })
}

/** Runs the user's definition; what is wrong points at the user's call. */
function build(job: JobDefinition, bundle: BundledJob, context: Parameters<JobDefinition['build']>[0]): BuiltJob {
  const callSite = (): string | undefined => {
    const place = locateInBundle(new Error().stack, bundle.sourceMap)
    return place === undefined ? undefined : `${place.file}:${place.line}:${place.column}`
  }
  try {
    return runUserCode(
      () => `the function of job '${job.name}'`,
      () => job.build({ ...context, callSite }),
    )
  } catch (error) {
    if (!isFlinktsError(error))
      throw explainMissingImport(bundleFailure(`the function of job '${job.name}' fails`, error, bundle.sourceMap))
    const { code, message, fix, cause } = error
    const location = error.location ?? locateInBundle(error.stack, bundle.sourceMap)
    throw new FlinktsError(code, message, { location, fix, cause })
  }
}

function loadJob(bundle: BundledJob, file: string): JobDefinition {
  try {
    return jobOf(loadBundled(bundle).default, file)
  } catch (error) {
    throw explainMissingImport(error)
  }
}

/** Bundles and loads a `.ts` or `.js` job file. Throws FILE_INVALID and BUNDLE_INVALID with the place in the source. */
export async function prepareTypeScriptJob(file: string): Promise<PreparedTypeScriptJob> {
  const bundle = await bundleJob(file)
  const job = loadJob(bundle, file)
  const plan = ({ addresses, configuration, kafkaOptions }: TypeScriptPlanOptions): StreamGraph => {
    const at = {
      kafkaBootstrapServers: addresses.kafka ?? NO_KAFKA,
      postgresUrl: jdbcUrl(addresses.postgres ?? NO_POSTGRES),
      kafkaSourceOptions: kafkaOptions,
    }
    const { graph, signature } = build(job, bundle, { ...at, configuration })
    new SessionConfiguration(graph.configuration).checkPlannable()
    return { ...planUnplannedSql(graph, { ...at, planner: sqlPlanner }), bundle: { ...bundle, signature } }
  }
  const nowhere = plan({ addresses: { kafka: undefined, postgres: undefined }, configuration: {} })
  const text = JSON.stringify(nowhere.nodes)
  const services = (['kafka', 'postgres'] as const).filter((name) => text.includes(`${name}.invalid`))
  return {
    key: job.name,
    services,
    ignoredSettings: new SessionConfiguration(nowhere.configuration).ignoredKeys(),
    plan,
  }
}
