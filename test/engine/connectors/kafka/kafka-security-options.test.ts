import { describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { readConnection } from '../../../../engine/connectors/kafka/kafka-properties.ts'
import { readKafkaSecurity } from '../../../../engine/connectors/kafka/kafka-security-options.ts'

const plainLogin = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const scramLogin = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule'
const secret = 'top-"secret\\;='
const quoted = secret.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
const jaas = (module: string) => `${module} required username="alice" password="${quoted}";`

const read = (properties: Record<string, string>) =>
  readKafkaSecurity(Object.fromEntries(Object.entries(properties).map(([key, value]) => [`properties.${key}`, value])))

function refusal(properties: Record<string, string>): string {
  try {
    read(properties)
  } catch (error) {
    if (!isFlinktsError(error)) throw error
    return `${error.code} ${error.message} ${error.fix}`
  }
  return 'none'
}

const sasl = (more: Record<string, string> = {}) => ({
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config': jaas(plainLogin),
  ...more,
})

describe("Flink's options of a secure Kafka", () => {
  it('are read', () => {
    expect(read({})).toBeUndefined()
    expect(read({ 'security.protocol': 'plaintext' })).toBeUndefined()
    expect(read(sasl())).toEqual({
      protocol: 'SASL_SSL',
      sasl: { mechanism: 'PLAIN', username: 'alice', password: secret },
      tls: { verifiesHostName: true },
    })
    const scram = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512' }
    expect(read({ ...scram, 'sasl.jaas.config': jaas(scramLogin) })).toEqual({
      protocol: 'SASL_PLAINTEXT',
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'alice', password: secret },
    })
  })

  it('name certificates and keys in PEM, in files or in place', () => {
    expect(
      read({
        'security.protocol': 'SSL',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': '/ca.pem',
        'ssl.keystore.type': 'pem',
        'ssl.keystore.location': '/client.pem',
        'ssl.key.password': 'k',
        'ssl.endpoint.identification.algorithm': '',
        'ssl.enabled.protocols': 'TLSv1.2,TLSv1.3',
      }),
    ).toEqual({
      protocol: 'SSL',
      tls: {
        ca: { file: '/ca.pem' },
        certificate: { file: '/client.pem' },
        key: { file: '/client.pem' },
        keyPassword: 'k',
        verifiesHostName: false,
      },
    })
    expect(
      read({
        'security.protocol': 'SSL',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': 'CA',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': 'CHAIN',
        'ssl.keystore.key': 'KEY',
      })?.tls,
    ).toEqual({ ca: { pem: 'CA' }, certificate: { pem: 'CHAIN' }, key: { pem: 'KEY' }, verifiesHostName: true })
  })

  it.each([
    [
      'an unknown protocol',
      { 'security.protocol': 'TLS' },
      "OPTION_INVALID Invalid value for option 'properties.security",
    ],
    ['Kerberos', { 'security.protocol': 'SASL_SSL' }, "'properties.sasl.mechanism' = 'GSSAPI' (the default) is not"],
    ['OAuth', sasl({ 'sasl.mechanism': 'OAUTHBEARER' }), 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512'],
    ['a login without credentials', { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN' }, 'sasl.jaas.config'],
    ['a module for another mechanism', sasl({ 'sasl.jaas.config': jaas(scramLogin) }), 'Use PlainLoginModule'],
    [
      'a module nobody knows',
      sasl({ 'sasl.jaas.config': jaas('com.example.MyLoginModule') }),
      'login modules that are',
    ],
    ['a token', sasl({ 'sasl.jaas.config': `${scramLogin} required tokenauth="true" x="${secret}";` }), 'invalid'],
    ['no end', sasl({ 'sasl.jaas.config': jaas(plainLogin).replace(/;$/, '') }), "there is no ';' at its end"],
    ['an open quote', sasl({ 'sasl.jaas.config': `${plainLogin} required username="${secret}` }), 'Invalid value'],
    ['two modules', sasl({ 'sasl.jaas.config': jaas(plainLogin) + jaas(scramLogin) }), 'several login modules'],
    ['no password', sasl({ 'sasl.jaas.config': `${plainLogin} required username="alice";` }), 'it has no password'],
    ['JKS', sasl({ 'ssl.truststore.location': '/t.jks' }), "'JKS' (the default): key stores of Java"],
    ['PKCS12', sasl({ 'ssl.keystore.location': '/k.p12', 'ssl.keystore.type': 'PKCS12' }), 'openssl pkcs12'],
    ['a key alone', sasl({ 'ssl.keystore.key': secret, 'ssl.keystore.type': 'PEM' }), 'belong together'],
    [
      'certificates twice',
      sasl({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': '/a', 'ssl.truststore.certificates': 'b' }),
      'both set',
    ],
    ['another way to verify hosts', sasl({ 'ssl.endpoint.identification.algorithm': 'ldaps' }), "Set it to 'https'"],
    ['old TLS', sasl({ 'ssl.enabled.protocols': 'TLSv1' }), 'TLS 1.2 and 1.3'],
    ['ciphers', sasl({ 'ssl.cipher.suites': 'x' }), "'properties.ssl.cipher.suites' is not supported"],
    ['a handler', sasl({ 'sasl.client.callback.handler.class': 'x' }), 'callback.handler.class'],
    ['a login that nobody asks for', { 'sasl.jaas.config': jaas(plainLogin) }, 'has no effect with'],
    [
      'certificates without TLS',
      { 'security.protocol': 'PLAINTEXT', 'ssl.truststore.location': '/a' },
      'has no effect',
    ],
  ])('refuses %s, and never shows a secret', (_what, properties, expected) => {
    const text = refusal(properties)
    expect(text.toLowerCase()).toContain(expected.toLowerCase())
    expect(text).not.toContain('top-')
  })

  it('belong to flinkts.yaml where the servers are the project’s own', () => {
    const own = { 'properties.bootstrap.servers': 'project://a:1,b:2' }
    expect(readConnection(own)).toEqual({
      bootstrapServers: 'a:1,b:2',
      clientId: null,
      security: { secretName: 'project:kafka' },
    })
    expect(() => readConnection({ ...own, 'properties.security.protocol': 'SSL' })).toThrow(/flinkts.yaml/)
    expect(readConnection({ 'properties.bootstrap.servers': 'a:1' }).security).toBeNull()
  })
})
