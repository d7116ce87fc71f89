// What flinkts.yaml may hold. The one place: validation, defaults, the environment's variables, `flinkts config`, the
// editors' JSON schema and docs/configuration.md all come from it. Descriptions are read by users.
import { z } from 'zod'
import { parseDuration } from '../../engine/common/duration.ts'
import type { Secret } from './secret.ts'

const port = z.number().int().min(1).max(65_535)
const path = z.string().min(1, 'must name a file')

function isDuration(text: string): boolean {
  try {
    parseDuration(text, '')
    return /[a-z]/i.test(text)
  } catch {
    return false
  }
}
const durationText = (message: string): z.ZodString => z.string({ error: message }).refine(isDuration, message)
const duration = durationText('is not a duration: write for example 10s, 500ms or 1min')
const retentionMessage = 'must be a duration such as 7d or 12h, or -1 to keep everything'

function isBootstrapServers(text: string): boolean {
  return text.split(',').every((server) => /^\s*(\[[0-9a-f:]+\]|[^\s,:/@[\]]+):\d{1,5}\s*$/i.test(server))
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)
}

/** Recognised by identity: what it holds is masked. */
export const secretSchema: z.ZodType<Secret, Secret> = z.union(
  [
    z.string().min(1),
    z.strictObject({ env: z.string().min(1).describe('Name of the environment variable that holds it') }),
    z.strictObject({ file: z.string().min(1).describe('File whose text it is, from the folder of flinkts.yaml') }),
  ],
  { error: 'must be a text, { env: NAME } or { file: path }' },
)

/** A part of the file that may be left out or left empty; its own defaults hold then. */
function section<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodPipe<
  z.ZodOptional<z.ZodNullable<z.ZodObject<Shape, z.core.$strict>>>,
  z.ZodTransform<
    z.output<z.ZodObject<Shape, z.core.$strict>>,
    z.output<z.ZodObject<Shape, z.core.$strict>> | null | undefined
  >
> {
  const object = z.strictObject(shape)
  return object.nullish().transform((value) => value ?? object.parse({}))
}

const kafkaSecurity = z.strictObject({
  protocol: z
    .enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'])
    .describe("Kafka's security.protocol: with encryption (SSL), with a login (SASL)"),
  mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).optional().describe('How to log in, for SASL'),
  username: z.string().min(1).optional().describe('Who logs in, for SASL'),
  password: secretSchema.optional().describe('Password of the login: a text, { env: NAME } or { file: path }'),
  ca: path.optional().describe("PEM file with the authority that signed the brokers' certificates; else the system's"),
  certificate: path.optional().describe("PEM file with the client's own certificate and its chain"),
  key: path.optional().describe("PEM file with the certificate's private key"),
  keyPassword: secretSchema.optional().describe('Password of the private key: a text, { env: NAME } or { file: path }'),
})

/** Kafka's own configurations, by their names and as text. */
const kafkaConfigs = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))

export const topicSchema = z.strictObject({
  partitions: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('Number of partitions; a topic that has fewer gets more. Default: 1'),
  key: z.string().min(1).optional().describe('Field whose value becomes the key of records that `produce` writes'),
  retention: z
    .union([z.literal(-1), durationText(retentionMessage)], { error: retentionMessage })
    .optional()
    .describe("How long records are kept: a duration such as 7d, or -1 for ever (Kafka's retention.ms)"),
  compaction: z
    .boolean()
    .optional()
    .describe("Keep the last record of each key (Kafka's cleanup.policy: compact; with retention: compact,delete)"),
  configs: kafkaConfigs.optional().describe("Kafka's own topic configurations, by their names, e.g. max.message.bytes"),
})
const topicName = z
  .string()
  .regex(/^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/, 'a topic is named with letters, digits, dots, _ and -, at most 249')

const postgresTls = z.strictObject({
  mode: z
    .enum(['disable', 'require', 'verify-ca', 'verify-full'])
    .describe(
      "libpq's sslmode: require encrypts, verify-ca also checks the certificate, verify-full the host name too",
    ),
  ca: path.optional().describe("PEM file with the authority that signed the server's certificate; else the system's"),
  certificate: path.optional().describe("PEM file with the client's own certificate"),
  key: path.optional().describe("PEM file with the certificate's private key"),
})

export const configSchema = z.strictObject({
  services: z
    .enum(['embedded', 'docker', 'external'])
    .optional()
    .describe(
      'What Kafka and Postgres are: part of flinkts (embedded), containers (docker), or your own (external). Default: embedded; without a flinkts.yaml docker where its images are there',
    ),
  kafka: section({
    port: port.optional().describe('Port on 127.0.0.1, taken at its word. Default: 9092 or the next free one'),
    image: z
      .string()
      .regex(/^\S+$/, 'must be the name of an image')
      .default('apache/kafka:4.3.1')
      .describe('Image of the broker, with services: docker. Default: apache/kafka:4.3.1'),
    configs: kafkaConfigs
      .optional()
      .describe(
        "Kafka's own broker configurations, by their names, e.g. log.retention.ms; embedded, and with services: docker of images of Apache Kafka",
      ),
    bootstrapServers: z
      .string()
      .refine(isBootstrapServers, 'must be host:port, or several with commas between them')
      .optional()
      .describe('host:port[,host:port …] of your own brokers, with services: external'),
    security: kafkaSecurity.optional().describe('How to reach your own brokers, with services: external'),
  }).describe('Kafka'),
  topics: z
    .record(
      topicName,
      topicSchema.nullable().transform((value) => value ?? topicSchema.parse({})),
    )
    .nullish()
    .transform((value) => value ?? {})
    .describe('Topics that are made before a job, `produce` or `up` needs them, by name'),
  postgres: section({
    port: port.optional().describe('Port on 127.0.0.1, taken at its word. Default: 5432 or the next free one'),
    image: z
      .string()
      .regex(/^\S+$/, 'must be the name of an image')
      .default('postgres:18')
      .describe('Image of Postgres, with services: docker. Default: postgres:18'),
    sql: z
      .array(z.string().min(1))
      .default([])
      .describe('SQL files run once, when the database is new; paths from the folder of flinkts.yaml'),
    url: z
      .string()
      .refine(isPostgresUrl, 'must be postgresql://user@host:port/database')
      .optional()
      .describe('postgresql://user@host:port/database of your own Postgres, with services: external'),
    password: secretSchema.optional().describe('Password for the URL: a text, { env: NAME } or { file: path }'),
    tls: postgresTls.optional().describe('Encryption to your own Postgres, with services: external'),
  }).describe('PostgreSQL'),
  rest: section({
    port: port
      .optional()
      .describe('Port of the REST API on 127.0.0.1, taken at its word. Default: 8081 or the next free one'),
  }).describe('The REST API of the session'),
  cluster: section({
    taskManagers: z
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('TaskManagers, one thread each. Default: 2, on one core 1'),
    slotsPerTaskManager: z.number().int().min(1).max(128).optional().describe('Task slots of each. Default: 8'),
  }).describe('What jobs run on'),
  parallelism: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("Flink's parallelism.default for jobs that set none. Default: 1"),
  checkpoints: section({
    interval: duration
      .optional()
      .describe("Flink's execution.checkpointing.interval, e.g. 10s. Default: no checkpoints"),
    storage: z
      .string()
      .min(1)
      .refine((text) => !/^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(text), 'must be a folder of this machine')
      .optional()
      .describe(
        'Folder for checkpoints and savepoints, from the folder of flinkts.yaml; `down --volumes` leaves it alone. Default: in .flinkts/jobs',
      ),
  }).describe('Checkpoints of jobs that set nothing else'),
})

/** What holds for a project. Ports that are undefined were not asked for: the default moves when it is taken. */
export type FlinktsConfig = z.output<typeof configSchema>
