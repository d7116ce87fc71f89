// What a configuration must say besides the form of each setting: settings that need or exclude each other.
import type { FlinktsConfig } from './config-schema.ts'
import type { Problem } from './config-problems.ts'

function checkSasl(security: NonNullable<FlinktsConfig['kafka']['security']>): Problem[] {
  const path = ['kafka', 'security']
  if (security.protocol.startsWith('SASL_')) {
    return (['mechanism', 'username', 'password'] as const)
      .filter((name) => security[name] === undefined)
      .map((name) => ({
        path: [...path, 'protocol'],
        message: `kafka.security.protocol ${security.protocol} needs kafka.security.${name}`,
        fix:
          name === 'password'
            ? 'add password: { env: NAME } or { file: path }'
            : `add ${name}, or choose ${security.protocol === 'SASL_SSL' ? 'SSL' : 'PLAINTEXT'}`,
      }))
  }
  return (['mechanism', 'username', 'password'] as const)
    .filter((name) => security[name] !== undefined)
    .map((name) => ({
      path: [...path, name],
      message: `kafka.security.${name} is for a login, and ${security.protocol} has none`,
      fix: `choose the protocol ${security.protocol === 'SSL' ? 'SASL_SSL' : 'SASL_PLAINTEXT'}, or take ${name} out`,
    }))
}

function checkCertificates(group: string, tls: { certificate?: unknown; key?: unknown }): Problem[] {
  const pair = (given: string, missing: string): Problem => ({
    path: [...group.split('.'), given],
    message: `${group}.${given} needs ${group}.${missing}`,
    fix: `add ${missing}: the PEM file with the ${missing}`,
  })
  if (tls.certificate !== undefined && tls.key === undefined) return [pair('certificate', 'key')]
  if (tls.key !== undefined && tls.certificate === undefined) return [pair('key', 'certificate')]
  return []
}

function checkKafka({ kafka }: FlinktsConfig): Problem[] {
  const { security } = kafka
  if (security === undefined) return []
  const problems = [...checkSasl(security), ...checkCertificates('kafka.security', security)]
  if (!security.protocol.endsWith('SSL')) {
    for (const name of ['ca', 'certificate', 'key', 'keyPassword'] as const)
      if (security[name] !== undefined)
        problems.push({
          path: ['kafka', 'security', name],
          message: `kafka.security.${name} is for encryption, and ${security.protocol} has none`,
          fix: `choose the protocol ${security.protocol === 'PLAINTEXT' ? 'SSL' : 'SASL_SSL'}, or take ${name} out`,
        })
  }
  return problems
}

function checkPostgres({ postgres }: FlinktsConfig): Problem[] {
  const problems = postgres.tls === undefined ? [] : checkCertificates('postgres.tls', postgres.tls)
  if (postgres.url !== undefined && postgres.password !== undefined && new URL(postgres.url).password !== '')
    problems.push({
      path: ['postgres', 'password'],
      message: 'postgres.password and postgres.url both name a password',
      fix: 'take the password out of the URL',
    })
  if (postgres.tls?.mode === 'disable' && (postgres.tls.ca ?? postgres.tls.certificate) !== undefined)
    problems.push({
      path: ['postgres', 'tls', 'mode'],
      message: 'postgres.tls names certificates, and its mode is disable',
      fix: 'choose verify-full, or take the certificates out',
    })
  return problems
}

function checkTopics({ topics }: FlinktsConfig): Problem[] {
  return Object.entries(topics).flatMap(([name, topic]) => {
    const twice = (setting: string, config: string): Problem[] =>
      topic.configs?.[config] === undefined
        ? []
        : [
            {
              path: ['topics', name, 'configs', config],
              message: `topics.${name} says ${setting} and configs.${config}, which are the same`,
              fix: 'take one of them out',
            },
          ]
    return [
      ...(topic.retention === undefined ? [] : twice('retention', 'retention.ms')),
      ...(topic.compaction === undefined ? [] : twice('compaction', 'cleanup.policy')),
    ]
  })
}

/** With external services at least one has to be named; which one a command needs is known when it needs it. */
function checkExternal({ services, kafka, postgres }: FlinktsConfig): Problem[] {
  if (services !== 'external' || kafka.bootstrapServers !== undefined || postgres.url !== undefined) return []
  return [
    {
      path: ['services'],
      message: 'services: external needs kafka.bootstrapServers, postgres.url or both',
      fix: 'add for example kafka: { bootstrapServers: "broker-1:9092" }',
    },
  ]
}

/** The first cause first. */
export function checkConfig(config: FlinktsConfig): Problem[] {
  return [...checkExternal(config), ...checkKafka(config), ...checkPostgres(config), ...checkTopics(config)]
}

/** Settings that do nothing with these services; whoever switches services by a flag keeps them in the file. */
export function unusedSettings(config: FlinktsConfig): string[][] {
  const { services, kafka, postgres } = config
  const external = [
    ...(['bootstrapServers', 'security'] as const)
      .filter((name) => kafka[name] !== undefined)
      .map((name) => ['kafka', name]),
    ...(['url', 'password', 'tls'] as const)
      .filter((name) => postgres[name] !== undefined)
      .map((name) => ['postgres', name]),
  ]
  const configs = kafka.configs === undefined ? [] : [['kafka', 'configs']]
  const own = [
    ...(kafka.port === undefined ? [] : [['kafka', 'port']]),
    ...configs,
    ...(postgres.port === undefined ? [] : [['postgres', 'port']]),
  ]
  if (services === 'external') return own
  // Redpanda has configurations of its own
  return services === 'docker' && /redpanda/i.test(kafka.image) ? [...external, ...configs] : external
}
