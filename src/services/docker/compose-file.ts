// A docker-compose.yaml for what `flinkts up --docker` would start: same images, listeners, volumes and published ports. The
// topics of flinkts.yaml, which flinkts makes by Kafka's admin requests, stand above it as commands.
import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import type { Project } from '../../config/project.ts'
import { packageVersion } from '../../config/package-root.ts'
import { topicConfigs } from '../../config/topic-configs.ts'
import { PORT_DEFAULTS } from '../processes/port.ts'
import {
  isRedpanda,
  KAFKA_INTERNAL_PORT,
  kafkaSpec,
  postgresSpec,
  POSTGRES_USER,
  projectNames,
  type ContainerSpec,
} from './container-specs.ts'

/** The same text each time: an id that comes from the folder. */
function clusterIdOf(folder: string): string {
  return createHash('sha256').update(folder).digest().subarray(0, 16).toString('base64url')
}

/** Answers only when a client is answered; each asks from inside, with the image's own tools. */
function healthTest({ service, image }: ContainerSpec): string[] {
  if (service === 'postgres')
    return ['CMD-SHELL', `psql -h 127.0.0.1 -U ${POSTGRES_USER} -c 'SELECT 1' postgres > /dev/null`]
  if (isRedpanda(image)) return ['CMD', 'rpk', 'cluster', 'info', '--brokers', `localhost:${KAFKA_INTERNAL_PORT}`]
  const tool = '/opt/kafka/bin/kafka-broker-api-versions.sh'
  return ['CMD-SHELL', `${tool} --bootstrap-server kafka:${KAFKA_INTERNAL_PORT} > /dev/null`]
}

const composeVolume = (spec: ContainerSpec): string => `${spec.service}-data`

function composeService(spec: ContainerSpec, mounts: readonly string[]): Record<string, unknown> {
  return {
    image: spec.image,
    ...(spec.command === undefined ? {} : { command: spec.command }),
    ...(Object.keys(spec.environment).length === 0 ? {} : { environment: spec.environment }),
    ports: [`127.0.0.1:${spec.hostPort}:${spec.containerPort}`],
    volumes: [`${composeVolume(spec)}:${spec.volume.target}`, ...mounts],
    healthcheck: { test: healthTest(spec), interval: '5s', timeout: '20s', retries: 12, start_period: '10s' },
  }
}

/** Compose replaces `$NAME` in values; a dollar of ours is written twice. */
function escapeDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (Array.isArray(value)) return value.map(escapeDollars)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escapeDollars(inner)]))
}

function topicLines({ config }: Project): string[] {
  const redpanda = isRedpanda(config.kafka.image)
  return Object.entries(config.topics).map(([name, topic]) => {
    const configs = Object.entries(topicConfigs(topic)).map(([key, value]) => `${key}=${value}`)
    if (redpanda)
      return `docker compose exec kafka rpk topic create ${name} -p ${topic.partitions}${configs.map((text) => ` -c ${text}`).join('')}`
    const tool = '/opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:' + KAFKA_INTERNAL_PORT
    return `docker compose exec kafka ${tool} --create --if-not-exists --topic ${name} --partitions ${topic.partitions}${configs.map((text) => ` --config ${text}`).join('')}`
  })
}

/** A password of the project's own stays out of the text: compose takes it from the environment. */
const PASSWORD_VARIABLE = 'POSTGRES_PASSWORD'

export interface ComposePorts {
  readonly kafka?: number | undefined
  readonly postgres?: number | undefined
}

export function composeFile(project: Project, ports: ComposePorts = {}): string {
  const { config, folder } = project
  const names = projectNames(folder, packageVersion())
  const portOf = (name: 'kafka' | 'postgres'): number => ports[name] ?? config[name].port ?? PORT_DEFAULTS[name]
  const input = { names, facts: undefined }
  const { image, configs } = config.kafka
  const kafka = kafkaSpec({ ...input, image, hostPort: portOf('kafka') }, clusterIdOf(folder), configs)
  const ownPassword = config.postgres.password !== undefined
  const postgres = postgresSpec(
    { ...input, image: config.postgres.image, hostPort: portOf('postgres') },
    ownPassword ? 'from the environment' : undefined,
  )
  const sqlMounts = config.postgres.sql.map((file, index) => {
    const order = String(index + 1).padStart(2, '0')
    return `./${file}:/docker-entrypoint-initdb.d/${order}-${file.replace(/^.*\//, '')}:ro`
  })
  const services = escapeDollars({
    kafka: composeService(kafka, []),
    postgres: composeService(postgres, sqlMounts),
  }) as { postgres: { environment: Record<string, string> } }
  if (ownPassword) services.postgres.environment[PASSWORD_VARIABLE] = `\${${PASSWORD_VARIABLE}:?}`
  const volumes = Object.fromEntries([kafka, postgres].map((spec) => [composeVolume(spec), {}]))
  const topics = topicLines(project)
  const comments = [
    `What \`flinkts up --docker\` starts for this project. Other containers reach Kafka at kafka:${KAFKA_INTERNAL_PORT}, Postgres at postgres:5432.`,
    ...(topics.length === 0 ? [] : ['Topics of flinkts.yaml:', ...topics.map((line) => `  ${line}`)]),
  ]
  return `${comments.map((line) => `# ${line}\n`).join('')}${stringify({ services, volumes }, { lineWidth: 0 })}`
}
