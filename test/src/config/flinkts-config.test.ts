import { expect, test } from 'vitest'
import { configDefaults, parseConfig } from '../../../src/config/flinkts-config.ts'

test('an empty file means the defaults', () => {
  expect(parseConfig('', 'flinkts.yaml')).toEqual(configDefaults())
  expect(configDefaults().services).toBe('embedded')
})

test('reads topics, SQL files and the checkpoint interval', () => {
  const config = parseConfig(
    'topics:\n  rides: { partitions: 3 }\n  other:\npostgres:\n  sql: [sql/tables.sql]\ncheckpoints:\n  interval: 10s\n',
    'flinkts.yaml',
  )
  expect(config.topics).toEqual({ rides: { partitions: 3 }, other: { partitions: 1 } })
  expect(config.postgres.sql).toEqual(['sql/tables.sql'])
  expect(config.checkpoints.interval).toBe('10s')
})

test.each([
  ['topcs:\n  rides:\n', /unknown key 'topcs'/, 1],
  ['topics:\n  rides: { partitions: 0 }\n', /topics\.rides\.partitions/, 2],
  ['kafka:\n  port: 99999\n', /kafka\.port/, 2],
  ['checkpoints:\n  interval: soon\n', /is not a duration/, 2],
  ['services: docker\n', /only 'embedded'/, 1],
  ['topics: [\n', /./, 2],
])('%j is refused with its line', (text, message, line) => {
  expect(() => parseConfig(text, 'flinkts.yaml')).toThrowError(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
      location: expect.objectContaining({ file: 'flinkts.yaml', line }),
    }) as Error,
  )
})
