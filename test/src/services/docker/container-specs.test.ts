import { describe, expect, it } from 'vitest'
import {
  kafkaSpec,
  majorOfTag,
  postgresMajor,
  postgresSpec,
  projectNames,
  type ImageFacts,
} from '../../../../src/services/docker/container-specs.ts'
import { createOptionsOf } from '../../../../src/services/docker/run-container.ts'

const names = projectNames('/home/ada/My Taxi_Job!', '0.1.0')
const input = { names, hostPort: 19_092, facts: undefined }

describe('names', () => {
  it('can be read, and are another for each folder', () => {
    expect(names.container('kafka')).toMatch(/^flinkts-my-taxi-job-[0-9a-f]{8}-kafka$/)
    expect(projectNames('/other/My Taxi_Job!', '0.1.0').network).not.toBe(names.network)
    expect(projectNames('/Ω', '0.1.0').network).toMatch(/^flinkts-[0-9a-f]{8}$/)
  })

  it('labels say whose, for what, and by which version', () => {
    expect(names.labels('postgres')).toEqual({
      'flinkts.project': names.projectId,
      'flinkts.folder': '/home/ada/My Taxi_Job!',
      'flinkts.version': '0.1.0',
      'flinkts.service': 'postgres',
    })
  })
})

describe('Kafka', () => {
  it('tells clients on this machine and clients in containers different addresses', () => {
    const { environment, command } = kafkaSpec({ ...input, image: 'apache/kafka:4.3.1' }, 'cluster')
    expect(environment).toMatchObject({
      KAFKA_ADVERTISED_LISTENERS: 'HOST://127.0.0.1:19092,NETWORK://kafka:19092',
      CLUSTER_ID: 'cluster',
    })
    expect(command).toBeUndefined()
  })

  it("takes the broker's own configurations, but not those that this one node needs", () => {
    const configs = { 'log.retention.ms': '-1', 'node.id': '7' }
    const spec = kafkaSpec({ ...input, image: 'apache/kafka:4.3.1' }, 'cluster', configs)
    expect(spec.environment).toMatchObject({ KAFKA_LOG_RETENTION_MS: '-1', KAFKA_NODE_ID: '1' })
  })

  it('may be Redpanda, with a command line of its own and a volume of its own', () => {
    const spec = kafkaSpec({ ...input, image: 'docker.io/redpandadata/redpanda:v25.1.1' }, 'cluster')
    expect(spec.environment).toEqual({})
    expect(spec.command).toContain('--advertise-kafka-addr=network://kafka:19092,host://127.0.0.1:19092')
    expect(spec.volume).toEqual({ name: `${names.volume('kafka')}-redpanda`, target: '/var/lib/redpanda/data' })
  })

  it('is published on the loopback interface only', () => {
    const options = createOptionsOf(kafkaSpec({ ...input, image: 'apache/kafka:4.3.1' }, 'cluster'))
    expect(options.HostConfig?.PortBindings).toEqual({ '9092/tcp': [{ HostIp: '127.0.0.1', HostPort: '19092' }] })
    expect(options.NetworkingConfig?.EndpointsConfig).toEqual({ [names.network]: { Aliases: ['kafka'] } })
    expect(options.HostConfig).not.toHaveProperty('Privileged')
    expect(options.HostConfig).not.toHaveProperty('Ulimits')
  })
})

describe("Postgres's data folder", () => {
  const target = (image: string, facts?: ImageFacts): string =>
    postgresSpec({ ...input, image, facts }, undefined).volume.target

  it('is what the image declares', () => {
    expect(target('mine', { volumes: ['/var/lib/postgresql/data'], environment: {} })).toBe('/var/lib/postgresql/data')
  })

  it.each([
    ['postgres:17.2', '/var/lib/postgresql/data'],
    ['postgres:18', '/var/lib/postgresql'],
    ['postgres:18.1-alpine', '/var/lib/postgresql'],
    ['postgres', '/var/lib/postgresql'],
    ['localhost:5000/postgres', '/var/lib/postgresql'],
  ])('of %s is %s', (image, folder) => expect(target(image)).toBe(folder))

  it('is known with the version that made it', () => {
    expect(postgresMajor('postgres:latest', { volumes: [], environment: { PG_MAJOR: '17' } })).toBe(17)
    expect([majorOfTag('postgres:16-alpine'), majorOfTag('a:5000/postgres'), majorOfTag('postgres@sha256:1')]).toEqual([
      16,
      undefined,
      undefined,
    ])
  })
})

it('Postgres asks for a password only where the project has one', () => {
  const of = (password: string | undefined): Readonly<Record<string, string>> =>
    postgresSpec({ ...input, image: 'postgres:18' }, password).environment
  expect(of(undefined)).toMatchObject({ POSTGRES_HOST_AUTH_METHOD: 'trust', POSTGRES_PASSWORD: 'postgres' })
  expect(of('s3cret')).not.toHaveProperty('POSTGRES_HOST_AUTH_METHOD')
})
