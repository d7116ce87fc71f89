import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startEmbeddedKafka } from '../../../src/services/embedded-kafka.ts'

test('a configuration that the broker does not have is refused before anything starts', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flinkts-kafka-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const configs = { 'log.retention.mss': '1' }
  await expect(startEmbeddedKafka({ directory, port: 0, configs, topics: {} })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: 'kafka.configs in flinkts.yaml: the broker has no configuration log.retention.mss that can be set',
    fix: 'Did you mean log.retention.ms?',
  })
})
