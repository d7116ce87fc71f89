import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../../../src/config/flinkts-config.ts'
import type { Project } from '../../../../src/config/project.ts'
import { composeFile } from '../../../../src/services/docker/compose-file.ts'

const project = (yaml: string): Project => ({
  ...({} as Project),
  folder: '/home/ada/taxi',
  hasConfigFile: true,
  config: parseConfig(yaml, 'flinkts.yaml'),
  stateFolder: '/home/ada/taxi/.flinkts',
})

interface Compose {
  readonly services: Readonly<Record<'kafka' | 'postgres', { readonly [key: string]: unknown }>>
  readonly volumes: object
}
const compose = (yaml: string, ports = {}): Compose => parse(composeFile(project(yaml), ports)) as Compose

describe('the compose file', () => {
  it('has the images, ports, volumes and listeners of up --docker', () => {
    const { services, volumes } = compose('services: docker\npostgres: { image: "postgres:17" }', { kafka: 19_092 })
    expect(services.kafka).toMatchObject({
      image: 'apache/kafka:4.3.1',
      ports: ['127.0.0.1:19092:9092'],
      volumes: ['kafka-data:/var/lib/kafka/data'],
      environment: { KAFKA_ADVERTISED_LISTENERS: 'HOST://127.0.0.1:19092,NETWORK://kafka:19092' },
    })
    expect(services.postgres).toMatchObject({
      image: 'postgres:17',
      ports: ['127.0.0.1:5432:5432'],
      volumes: ['postgres-data:/var/lib/postgresql/data'],
    })
    expect(Object.keys(volumes)).toEqual(['kafka-data', 'postgres-data'])
  })

  it('asks in its health checks as a client does', () => {
    const { services } = compose('services: docker')
    expect(services.postgres['healthcheck']).toMatchObject({ test: ['CMD-SHELL', expect.stringContaining('SELECT 1')] })
    expect(services.kafka['healthcheck']).toMatchObject({
      test: ['CMD-SHELL', expect.stringContaining('kafka-broker-api-versions.sh')],
    })
  })

  it('is the same text each time', () => {
    expect(composeFile(project('services: docker'))).toBe(composeFile(project('services: docker')))
  })

  it('mounts SQL files in order and notes topics as commands', () => {
    const yaml =
      'postgres: { sql: [sql/tables.sql, sql/views.sql] }\ntopics: { rides: { partitions: 3, retention: 1h } }'
    const text = composeFile(project(yaml))
    expect((parse(text) as Compose).services.postgres['volumes']).toEqual([
      'postgres-data:/var/lib/postgresql',
      './sql/tables.sql:/docker-entrypoint-initdb.d/01-tables.sql:ro',
      './sql/views.sql:/docker-entrypoint-initdb.d/02-views.sql:ro',
    ])
    expect(text).toMatch(/^# .*--topic rides --partitions 3 --config retention.ms=3600000$/m)
  })

  it('keeps a password of the project out of the text', () => {
    const text = composeFile(project('postgres: { password: "s3cret" }'))
    expect(text).not.toContain('s3cret')
    expect((parse(text) as Compose).services.postgres['environment']).toMatchObject({
      POSTGRES_PASSWORD: '${POSTGRES_PASSWORD:?}',
    })
  })

  it("has Redpanda's command line, and its own tool for health and topics", () => {
    const text = composeFile(project('kafka: { image: "redpandadata/redpanda:v25.1.1" }\ntopics: { rides: }'))
    const { kafka } = (parse(text) as Compose).services
    expect(kafka['command']).toContain('--mode=dev-container')
    expect(kafka).not.toHaveProperty('environment')
    expect(text).toContain('rpk topic create rides -p 1')
  })
})
