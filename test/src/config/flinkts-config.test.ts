import { expect, test } from 'vitest'
import { originText } from '../../../src/config/config-origin.ts'
import { configDefaults, parseConfig, resolveConfig } from '../../../src/config/flinkts-config.ts'

test('an empty file means the defaults and embedded services; without a file the services are open', () => {
  expect(parseConfig('', 'flinkts.yaml')).toEqual({ ...configDefaults(), services: 'embedded' })
  expect(configDefaults().services).toBeUndefined()
  expect(configDefaults().kafka.image).toBe('apache/kafka:4.3.1')
  expect(configDefaults().postgres).toEqual({ image: 'postgres:18', sql: [] })
})

test('reads topics, SQL files and the checkpoint interval', () => {
  const config = parseConfig(
    'topics:\n  rides: { partitions: 3 }\n  other:\npostgres:\n  sql: [sql/tables.sql]\ncheckpoints:\n  interval: 10s\nkafka:\n',
    'flinkts.yaml',
  )
  expect(config.topics).toEqual({ rides: { partitions: 3 }, other: { partitions: 1 } })
  expect(config.postgres.sql).toEqual(['sql/tables.sql'])
  expect(config.checkpoints.interval).toBe('10s')
  expect(config.kafka).toEqual({ image: 'apache/kafka:4.3.1' })
})

test('reads the addresses, logins and certificates of external services', () => {
  const config = parseConfig(
    `services: external
kafka:
  bootstrapServers: broker-1:9093,broker-2:9093
  security: { protocol: SASL_SSL, mechanism: SCRAM-SHA-512, username: app, password: { env: KAFKA_PASSWORD }, ca: ca.pem }
postgres:
  url: postgresql://app@db:5432/rides
  password: { file: secrets/postgres }
  tls: { mode: verify-full }
`,
    'flinkts.yaml',
  )
  expect(config.kafka.security).toEqual({
    protocol: 'SASL_SSL',
    mechanism: 'SCRAM-SHA-512',
    username: 'app',
    password: { env: 'KAFKA_PASSWORD' },
    ca: 'ca.pem',
  })
  expect(config.postgres).toEqual({
    image: 'postgres:18',
    sql: [],
    url: 'postgresql://app@db:5432/rides',
    password: { file: 'secrets/postgres' },
    tls: { mode: 'verify-full' },
  })
})

const external = 'services: external\nkafka:\n  bootstrapServers: b:1\n'

test.each([
  ['topcs:\n  rides:\n', /unknown key 'topcs' at the top/, 1, 1, /^write topics$/],
  ['kafka:\n  prot: 1\n', /unknown key 'prot' under kafka/, 2, 3, /^write port$/],
  ['interval: 10s\n', /unknown key 'interval' at the top/, 1, 1, /belongs under checkpoints/],
  [
    'ports:\n  kafka: 1\n',
    /unknown key 'ports' at the top/,
    1,
    1,
    /^did you mean kafka\.port or postgres\.port or rest\.port; known/,
  ],
  ['topics:\n  rides: { partition: 3 }\n', /unknown key 'partition' under topics\.rides/, 2, 12, /^write partitions$/],
  ['topics:\n  rides: { partitions: 0 }\n', /topics\.rides\.partitions/, 2, 12, /./],
  ['topics:\n  "two words": {}\n', /topics\.two words: a topic is named with letters/, 2, 3, /./],
  ['topics:\n  rides: { retention: 7 days ago }\n', /must be a duration such as 7d or 12h, or -1/, 2, 12, /./],
  ['topics:\n  rides: { retention: 604800000 }\n', /must be a duration/, 2, 12, /./],
  ['topics:\n  r: { compaction: true, configs: { cleanup.policy: delete } }\n', /which are the same/, 2, 37, /./],
  ['kafka:\n  port: 99999\n', /kafka\.port/, 2, 3, /./],
  ['checkpoints:\n  interval: soon\n', /is not a duration/, 2, 3, /./],
  ['checkpoints:\n  interval: 10\n', /is not a duration/, 2, 3, /./],
  ['checkpoints:\n  storage: s3://bucket/x\n', /must be a folder of this machine/, 2, 3, /./],
  ['parallelism:\n', /parallelism has no value/, 1, 1, /take the line out/],
  ['services: dokcer\n', /services is none of its values: embedded, docker, external/, 1, 1, /^write docker$/],
  ['services: external\n', /needs kafka\.bootstrapServers, postgres\.url or both/, 1, 1, /./],
  [
    `${external}  security: { protocol: SASL_SSL, username: a, password: b }\n`,
    /needs kafka\.security\.mechanism/,
    4,
    15,
    /./,
  ],
  [`${external}  security: { protocol: SSL, username: a }\n`, /is for a login, and SSL has none/, 4, 30, /SASL_SSL/],
  [`${external}  security: { protocol: PLAINTEXT, ca: x }\n`, /is for encryption/, 4, 36, /protocol SSL/],
  [
    `${external}  security: { protocol: SSL, key: x }\n`,
    /security\.key needs kafka\.security\.certificate/,
    4,
    30,
    /./,
  ],
  [`${external}  security: { mechanism: PLAIN }\n`, /kafka\.security\.protocol is missing/, 4, 3, /./],
  ['services: external\nkafka: { bootstrapServers: localhost }\n', /must be host:port/, 2, 10, /./],
  ['services: external\npostgres: { url: "mysql://x" }\n', /must be postgresql:/, 2, 13, /./],
  ['services: external\npostgres: { url: "postgres://a:b@h/d", password: x }\n', /both name a password/, 2, 40, /./],
  ['- a\n', /the file: expected object/, 1, 1, /./],
  ['topics: [\n', /./, 2, 1, /./],
  ['parallelism: 4\nservices embedded\n', /map keys/, 2, 1, /written `name: value`/],
  ['services: *docker\n', /alias/i, 1, 1, /begins with \* needs quotes/],
])('%j is refused with its place', (text, message, line, column, fix) => {
  expect(() => parseConfig(text, 'flinkts.yaml')).toThrowError(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
      location: { file: 'flinkts.yaml', line, column },
      fix: expect.stringMatching(fix),
    }) as Error,
  )
})

test('all problems of a file are told at once, the first one first', () => {
  expect(() => parseConfig('parallelism: 0\nrest:\n  prot: 1\n', 'flinkts.yaml')).toThrowError(
    /^parallelism: .*\n {2}also flinkts\.yaml:3:3 unknown key 'prot' under rest$/s,
  )
})

test('the message of a refused secret does not say it', () => {
  const text = `${external}  security: { protocol: SASL_SSL, mechanism: PLAIN, username: a, password: { evn: hunter2 } }\n`
  try {
    parseConfig(text, 'flinkts.yaml')
    expect.unreachable()
  } catch (error) {
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2')
  }
})

const file = { name: 'flinkts.yaml', text: 'parallelism: 2\nkafka:\n  port: 9192\n' }

test('a flag stands above the environment, that above the file, that above the default', () => {
  const { config, originOf } = resolveConfig({
    file,
    environment: {
      FLINKTS_PARALLELISM: '3',
      FLINKTS_KAFKA_PORT: '9193',
      FLINKTS_CHECKPOINTS_INTERVAL: '5s',
      FLINKTS_REST_PORT: '',
    },
    overrides: [{ path: ['kafka', 'port'], value: 9194, origin: { kind: 'flag', name: '--kafka-port' } }],
  })
  expect([config.kafka.port, config.parallelism, config.checkpoints.interval]).toEqual([9194, 3, '5s'])
  const texts = [['kafka', 'port'], ['parallelism'], ['kafka', 'image'], ['rest', 'port']].map((path) =>
    originText(originOf(path)),
  )
  expect(texts).toEqual(['--kafka-port', 'FLINKTS_PARALLELISM', 'default', 'default'])
  expect(originText(resolveConfig({ file }).originOf(['kafka', 'port']))).toBe('flinkts.yaml:3')
})

test('a whole security section can come from the environment', () => {
  const { config } = resolveConfig({
    environment: {
      FLINKTS_SERVICES: 'external',
      FLINKTS_KAFKA_BOOTSTRAP_SERVERS: 'b:9093',
      FLINKTS_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      FLINKTS_KAFKA_SECURITY_MECHANISM: 'PLAIN',
      FLINKTS_KAFKA_SECURITY_USERNAME: 'app',
      FLINKTS_KAFKA_SECURITY_PASSWORD: '12345',
    },
  })
  expect(config.kafka.security).toEqual({
    protocol: 'SASL_SSL',
    mechanism: 'PLAIN',
    username: 'app',
    password: '12345',
  })
})

test('a variable with a bad value is named', () => {
  expect(() => resolveConfig({ file, environment: { FLINKTS_PARALLELISM: 'many' } })).toThrowError(
    expect.objectContaining({ message: expect.stringMatching(/^FLINKTS_PARALLELISM: parallelism: /) }) as Error,
  )
})

test('a variable that is nearly a setting is refused', () => {
  expect(() => resolveConfig({ environment: { FLINKTS_PARALELISM: '2' } })).toThrowError(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      fix: expect.stringMatching(/write FLINKTS_PARALLELISM/),
    }) as Error,
  )
})

test('a variable that resembles no setting is only mentioned, one that the command line knows is not', () => {
  const { warnings } = resolveConfig({
    environment: {
      FLINKTS_MY_OWN: 'x',
      FLINKTS_REST_ADDRESS: 'y',
      FLINKTS_BROKER_USERS: 'a:b',
      FLINKTS_AC_ZSH_SETUP_PATH: 'z',
      PATH: '/',
    },
  })
  expect(warnings).toEqual([
    'the environment variable FLINKTS_MY_OWN is no setting of flinkts',
    'the environment variable FLINKTS_REST_ADDRESS is no setting of flinkts; of FLINKTS_REST_ there are FLINKTS_REST_PORT',
  ])
})

test("the broker's configurations are texts, and mentioned where nothing takes them", () => {
  const text = (services: string): string =>
    `services: ${services}\nkafka:\n  bootstrapServers: b:9092\n  image: redpanda:1\n  configs:\n    log.retention.ms: -1\n`
  const resolved = (services: string) => resolveConfig({ file: { name: 'flinkts.yaml', text: text(services) } })
  expect(resolved('embedded').config.kafka.configs).toEqual({ 'log.retention.ms': '-1' })
  expect(resolved('embedded').warnings.join()).not.toContain('kafka.configs')
  for (const services of ['external', 'docker'])
    expect(resolved(services).warnings).toContain(
      `kafka.configs (flinkts.yaml:5) does nothing with services: ${services}`,
    )
})

test('settings that do nothing with these services are mentioned, unless a flag chose the services', () => {
  const text = 'services: embedded\nkafka:\n  bootstrapServers: b:9092\n'
  const sources = { file: { name: 'flinkts.yaml', text } }
  expect(resolveConfig(sources).warnings).toEqual([
    'kafka.bootstrapServers (flinkts.yaml:3) does nothing with services: embedded',
  ])
  expect(resolveConfig({ ...sources, environment: { FLINKTS_SERVICES: 'docker' } }).warnings).toEqual([])
})
