// Encrypted and with a login: kcat (librdkafka) and the tools of Apache Kafka. Runs where FLINKTS_KCAT=1 and
// FLINKTS_KAFKA_TOOLS say that they are there.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runClient } from './run-client.ts'
import { mechanisms, securedBroker } from './secured-broker.ts'

const libs = process.env.FLINKTS_KAFKA_TOOLS
describe.skipIf(process.env.FLINKTS_KCAT !== '1')('kcat over SASL_SSL', () => {
  const security = (mechanism: string, password: string, caFile: string): string[] =>
    [
      'security.protocol=SASL_SSL',
      `ssl.ca.location=${caFile}`,
      `sasl.mechanism=${mechanism}`,
      'sasl.username=alice',
      `sasl.password=${password}`,
    ].flatMap((property) => ['-X', property])

  test.each(mechanisms)('%s: produce, consume, a wrong password', async (mechanism) => {
    const { bootstrap, caFile } = await securedBroker()
    const kcat = (password: string, args: string[], input = '') =>
      runClient('kcat', ['-b', bootstrap, ...security(mechanism, password, caFile), ...args], { input })
    const produced = await kcat('alice-secret', ['-P', '-t', 't'], 'a\nb\n')
    expect(produced).toMatchObject({ code: 0 })
    expect((await kcat('alice-secret', ['-C', '-t', 't', '-e', '-q'])).stdout).toBe('a\nb\n')
    const refused = await kcat('wrong', ['-L', '-m', '3'])
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/[Aa]uthentication/)
  })
})

describe.skipIf(libs === undefined || libs === '')(
  'the tools of Apache Kafka over SASL_SSL',
  { timeout: 600_000 },
  () => {
    const tool = (name: string, args: string[], input = '') =>
      runClient('java', ['-Xmx256m', '-cp', `${libs}/*`, `org.apache.kafka.tools.${name}`, ...args], {
        input,
        timeoutMs: 90_000,
      })

    function clientConfig(
      directory: string,
      caFile: string,
      mechanism: string,
      user: string,
      password: string,
    ): string {
      const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
      const path = join(directory, `${mechanism}-${user}-${password}.properties`)
      writeFileSync(
        path,
        [
          'security.protocol=SASL_SSL',
          'ssl.truststore.type=PEM',
          `ssl.truststore.location=${caFile}`,
          `sasl.mechanism=${mechanism}`,
          `sasl.jaas.config=org.apache.kafka.common.security.${module} required username="${user}" password="${password}";`,
        ].join('\n'),
      )
      return path
    }

    test.each(mechanisms)('console producer and consumer, %s', async (mechanism) => {
      const { bootstrap, caFile, directory } = await securedBroker()
      const config = clientConfig(directory, caFile, mechanism, 'alice', 'alice-secret')
      const to = ['--bootstrap-server', bootstrap, '--topic', 't']
      const produced = await tool('ConsoleProducer', [...to, '--producer.config', config], 'a\nb\n')
      expect(produced).toMatchObject({ code: 0 })
      const args = [...to, '--consumer.config', config, '--from-beginning', '--max-messages', '2']
      expect((await tool('consumer.ConsoleConsumer', args)).stdout).toBe('a\nb\n')
      const wrong = clientConfig(directory, caFile, mechanism, 'alice', 'wrong')
      const refused = await tool('TopicCommand', ['--bootstrap-server', bootstrap, '--command-config', wrong, '--list'])
      expect(refused.code).not.toBe(0)
      expect(refused.stdout + refused.stderr).toContain('SaslAuthenticationException')
    })

    test('kafka-configs makes, shows and deletes SCRAM credentials', async () => {
      const { bootstrap, caFile, directory } = await securedBroker()
      const admin = clientConfig(directory, caFile, 'PLAIN', 'alice', 'alice-secret')
      const configs = async (...args: string[]): Promise<string> => {
        const java = ['-Xmx256m', '-cp', `${libs}/*`, 'kafka.admin.ConfigCommand', '--bootstrap-server', bootstrap]
        const run = await runClient('java', [...java, '--command-config', admin, ...args], { timeoutMs: 90_000 })
        if (run.code !== 0) throw new Error(run.stdout + run.stderr)
        return run.stdout
      }
      const bob = ['--entity-type', 'users', '--entity-name', 'bob']
      await configs('--alter', '--add-config', 'SCRAM-SHA-512=[password=bob-secret]', ...bob)
      expect(await configs('--describe', ...bob)).toContain('SCRAM-SHA-512=iterations=4096')
      const config = clientConfig(directory, caFile, 'SCRAM-SHA-512', 'bob', 'bob-secret')
      const list = () => tool('TopicCommand', ['--bootstrap-server', bootstrap, '--command-config', config, '--list'])
      expect((await list()).code).toBe(0)
      await configs('--alter', '--delete-config', 'SCRAM-SHA-512', ...bob)
      expect((await list()).code).not.toBe(0)
    })
  },
)
