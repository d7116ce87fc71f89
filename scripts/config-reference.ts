// The editors' JSON schemas of flinkts.yaml and workshop.yaml, and docs/configuration.md: what the schemas of src say, in other forms.
import { z } from 'zod'
import { configKeys, type ConfigKey } from '../src/config/config-keys.ts'
import { configSchema, topicSchema } from '../src/config/config-schema.ts'
import { manifestSchema } from '../src/workshop/manifest-schema.ts'

/** Draft 7: what yaml-language-server and the editors around it know best. */
function jsonSchema(type: z.ZodType, title: string, description: string): string {
  const schema = z.toJSONSchema(type, { io: 'input', target: 'draft-7' })
  return `${JSON.stringify({ $schema: schema.$schema, title, description, ...schema }, null, 2)}\n`
}

export function configJsonSchema(): string {
  return jsonSchema(
    configSchema,
    'flinkts.yaml',
    'What a flinkts project runs on, and what is made before jobs need it',
  )
}

export function workshopJsonSchema(): string {
  return jsonSchema(manifestSchema, 'workshop.yaml', 'A chapter of a flinkts workshop')
}

const escape = (text: string): string => text.replaceAll('|', '\\|')

function row(key: ConfigKey): string {
  const values = key.values === undefined ? '' : ` One of ${key.values.map((value) => `\`${value}\``).join(', ')}.`
  const variable = key.environment === undefined ? '' : `\`${key.environment}\``
  return `| \`${key.path.join('.')}\` | ${escape(key.description)}.${values} | ${variable} |`
}

function topicRows(): string[] {
  return Object.entries(topicSchema.shape).map(
    ([name, { description = '' }]) => `| \`topics.<name>.${name}\` | ${escape(description)}. | |`,
  )
}

/** The page's text; written by hand is only what stands here. */
export function configPage(): string {
  const rows = configKeys.flatMap((key) => (key.path[0] === 'topics' ? topicRows() : [row(key)]))
  return `# flinkts.yaml

What a project runs on. It stands in the project's folder; commands find it from any folder below. Every setting may be
left out. \`flinkts config\` prints what holds and where each value comes from: a flag stands above an environment variable,
that above the file, that above the default. Unknown keys and bad values are refused with their line and column.

Editors that know yaml-language-server complete and check the file; its first line says where the schema is:

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/flinkts/flinkts.schema.json
services: embedded

topics:
  rides: { partitions: 2, key: PULocationID, retention: 7d }
  zones: { compaction: true }

postgres:
  sql: [sql/tables.sql]

checkpoints:
  interval: 10s
\`\`\`

Your own Kafka and Postgres; passwords come from the environment or a file:

\`\`\`yaml
services: external

kafka:
  bootstrapServers: broker-1:9093,broker-2:9093
  security:
    protocol: SASL_SSL
    mechanism: SCRAM-SHA-512
    username: rides
    password: { env: KAFKA_PASSWORD }
    ca: certificates/ca.pem

postgres:
  url: postgresql://rides@db.example.com:5432/rides
  password: { file: secrets/postgres-password }
  tls: { mode: verify-full, ca: certificates/ca.pem }
\`\`\`

## Settings

| setting | what it is | variable |
| --- | --- | --- |
${rows.join('\n')}

Passwords (\`password\`, \`keyPassword\`) are a text, \`{ env: NAME }\` or \`{ file: path }\`; they are never printed. Paths begin
at the folder of flinkts.yaml. Durations are written as in Flink: \`500ms\`, \`10s\`, \`5min\`, \`12h\`, \`7d\`.
A variable that is nearly the name of a setting is refused, so that a typing error changes nothing without a word. What a
session runs with was read when it started: after a change, \`flinkts down\` and start again.
`
}
