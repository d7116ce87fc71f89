import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadProject } from '../../../src/config/project.ts'
import { renderConfig } from '../../../src/output/config-table.ts'
import { describeConfig, type ConfigSetting } from '../../../src/services/describe-config.ts'
import { parseOverride } from '../../../src/services/parse-override.ts'

const yaml = `services: external
kafka:
  bootstrapServers: broker:9093
  security: { protocol: SASL_SSL, mechanism: PLAIN, username: app, password: hunter2, keyPassword: { env: KEY } }
topics:
  rides: { partitions: 2, retention: 7d }
postgres:
  url: postgresql://app:hunter2@db/rides
`

function settingsOf(text: string, ...flags: string[]): ConfigSetting[] {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'flinkts.yaml'), text)
  return describeConfig(loadProject(folder, flags.map(parseOverride)))
}

test('each value stands with its origin; no secret is in it', () => {
  const settings = settingsOf(yaml, 'parallelism=4')
  const of = (key: string): unknown[] => {
    const setting = settings.find((candidate) => candidate.key === key)!
    return [setting.value, setting.origin]
  }
  expect(of('kafka.security.password')).toEqual(['***', 'flinkts.yaml:4'])
  expect(of('kafka.security.keyPassword')).toEqual([{ env: 'KEY' }, 'flinkts.yaml:4'])
  expect(of('postgres.url')).toEqual(['postgresql://app:***@db/rides', 'flinkts.yaml:8'])
  expect(of('topics.rides.retention')).toEqual(['7d', 'flinkts.yaml:6'])
  expect(of('kafka.image')).toEqual(['apache/kafka:4.3.1', 'default'])
  expect(of('parallelism')).toEqual([4, '--set'])
  expect(JSON.stringify(settings) + renderConfig(settings, true)).not.toContain('hunter2')
})

test('the table shows what is implied where nothing is set, and with all the variables', () => {
  const settings = settingsOf('')
  expect(renderConfig(settings, false)).toMatch(/^rest\.port +8081 or the next free one +default$/m)
  expect(renderConfig(settings, false)).not.toContain('bootstrapServers')
  expect(renderConfig(settings, true)).toMatch(
    /^kafka\.bootstrapServers +– +default +FLINKTS_KAFKA_BOOTSTRAP_SERVERS$/m,
  )
})

test.each([
  ['paralelism=4', /write --set parallelism=value/],
  ['topics=4', /write key=value/],
  ['parallelism', /write key=value/],
])('--set %s is refused', (text, fix) => {
  expect(() => parseOverride(text)).toThrowError(
    expect.objectContaining({ code: 'CONFIG_INVALID', fix: expect.stringMatching(fix) }) as Error,
  )
})
