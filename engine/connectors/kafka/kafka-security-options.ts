// `properties.security.*`, `properties.sasl.*` and `properties.ssl.*`: who may read what passes. Each is honoured, or
// refused by name; no value of any of them ever gets into an error. Pure.
// Source: https://kafka.apache.org/41/configuration/producer-configs/
import { FlinktsError } from '../../common/errors.ts'
import { isSaslMechanism, saslMechanisms } from '../../kafka/protocol/sasl-mechanisms.ts'
import { securityProtocols, usesSasl, usesTls, type SecurityProtocol } from '../../kafka/protocol/security-protocol.ts'
import { optionError, type Options } from '../connector-options.ts'
import type { PemSource } from '../pem-settings.ts'
import { parseJaasConfig } from './jaas-config.ts'
import type { KafkaLogin } from '../../kafka/client/kafka-security.ts'
import type { KafkaSecuritySettings } from './kafka-settings.ts'

const PREFIX = 'properties.'

/** Honoured. */
const KNOWN = new Set([
  'security.protocol',
  'sasl.mechanism',
  'sasl.jaas.config',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
])

/** What these may be set to: it is what holds here anyhow. */
const FIXED: Readonly<Record<string, { readonly values: readonly string[]; readonly fix: string }>> = {
  'ssl.protocol': { values: ['TLS', 'TLSv1.2', 'TLSv1.3'], fix: 'TLS 1.2 and 1.3 are spoken: remove it.' },
  'ssl.enabled.protocols': {
    values: ['TLSv1.2,TLSv1.3', 'TLSv1.3,TLSv1.2'],
    fix: 'TLS 1.2 and 1.3 are spoken, the newer one where both sides can: remove it.',
  },
}

const CONVERT_STORE =
  "Convert it once: `keytool -importkeystore -srckeystore store.jks -destkeystore store.p12 -deststoretype PKCS12`, then `openssl pkcs12 -in store.p12 -nodes -out store.pem`, and set the type to 'PEM'."

const isSecurity = (key: string): boolean => /^(security|sasl|ssl)\./.test(key)

/** What is not known here would change who may read what passes. */
function checkKnown(key: string, value: string): void {
  if (KNOWN.has(key)) return
  const fixed = FIXED[key]
  if (fixed?.values.includes(value.replaceAll(' ', '')) === true) return
  throw new FlinktsError('SQL_UNSUPPORTED', `The option '${PREFIX}${key}' is not supported.`, {
    fix: fixed?.fix ?? `Remove '${PREFIX}${key}'.`,
  })
}

/** Undefined: PLAINTEXT. Throws OPTION_INVALID and SQL_UNSUPPORTED naming the option. */
export function readKafkaSecurity(options: Options): KafkaSecuritySettings | undefined {
  const given = new Map<string, string>()
  for (const [fullKey, value] of Object.entries(options)) {
    const key = fullKey.startsWith(PREFIX) ? fullKey.slice(PREFIX.length) : ''
    if (!isSecurity(key)) continue
    checkKnown(key, value)
    given.set(key, value)
  }
  if (given.size === 0) return undefined
  const protocol = readProtocol(given)
  for (const key of given.keys()) {
    const isForSasl = key.startsWith('sasl.')
    if (!isForSasl && !key.startsWith('ssl.')) continue
    // Kafka ignores them; whoever wrote them believes in encryption or a login that is not there
    if (isForSasl ? !usesSasl(protocol) : !usesTls(protocol))
      throw optionError(
        `The option '${PREFIX}${key}' has no effect with '${PREFIX}security.protocol' = '${protocol}'.`,
        `Set '${PREFIX}security.protocol' to '${isForSasl ? 'SASL_' : ''}SSL', or remove '${PREFIX}${key}'.`,
      )
  }
  if (protocol === 'PLAINTEXT') return undefined
  return {
    protocol,
    ...(usesSasl(protocol) ? { sasl: readLogin(given) } : {}),
    ...(usesTls(protocol) ? { tls: readTls(given) } : {}),
  }
}

function readProtocol(given: ReadonlyMap<string, string>): SecurityProtocol {
  const protocol = (given.get('security.protocol') ?? 'PLAINTEXT').toUpperCase()
  const known = securityProtocols.find((name) => name === protocol)
  if (known !== undefined) return known
  throw optionError(
    `Invalid value for option '${PREFIX}security.protocol': '${protocol}'.`,
    `Set it to one of ${securityProtocols.join(', ')}.`,
  )
}

function readLogin(given: ReadonlyMap<string, string>): KafkaLogin {
  const mechanism = given.get('sasl.mechanism') ?? 'GSSAPI'
  if (!isSaslMechanism(mechanism))
    throw new FlinktsError(
      'SQL_UNSUPPORTED',
      `'${PREFIX}sasl.mechanism' = '${mechanism}'${given.has('sasl.mechanism') ? '' : ' (the default)'} is not supported.`,
      {
        fix: `Set it to one of ${saslMechanisms.join(', ')}.`,
      },
    )
  const jaasConfig = given.get('sasl.jaas.config')
  if (jaasConfig === undefined)
    throw optionError(
      `'${PREFIX}security.protocol' asks for a login, and there is no '${PREFIX}sasl.jaas.config'.`,
      `Add '${PREFIX}sasl.jaas.config' with the login module, username and password.`,
    )
  const { module, username, password } = parseJaasConfig(jaasConfig)
  if ((module === 'PLAIN') !== (mechanism === 'PLAIN'))
    throw optionError(
      `The login module in '${PREFIX}sasl.jaas.config' does not fit '${PREFIX}sasl.mechanism' = '${mechanism}'.`,
      `Use ${mechanism === 'PLAIN' ? 'PlainLoginModule' : 'ScramLoginModule'}, or another mechanism.`,
    )
  return { mechanism, username, password }
}

function readTls(given: ReadonlyMap<string, string>): NonNullable<KafkaSecuritySettings['tls']> {
  const ca = readStore(given, 'truststore', 'ssl.truststore.certificates')
  const chain = readStore(given, 'keystore', 'ssl.keystore.certificate.chain')
  const inlineKey = given.get('ssl.keystore.key')
  if ((inlineKey === undefined) !== (given.get('ssl.keystore.certificate.chain') === undefined))
    throw optionError(
      `'${PREFIX}ssl.keystore.key' and '${PREFIX}ssl.keystore.certificate.chain' belong together.`,
      'Set both, or neither.',
    )
  const key: PemSource | undefined = inlineKey === undefined ? chain : { pem: inlineKey }
  const keyPassword = given.get('ssl.key.password')
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(chain === undefined ? {} : { certificate: chain }),
    ...(key === undefined ? {} : { key }),
    ...(keyPassword === undefined ? {} : { keyPassword }),
    verifiesHostName: readVerifiesHostName(given),
  }
}

/** PEM only; the file of a key store holds the private key and the certificates. */
function readStore(
  given: ReadonlyMap<string, string>,
  store: 'truststore' | 'keystore',
  inlineOption: string,
): PemSource | undefined {
  const [location, inline] = [given.get(`ssl.${store}.location`), given.get(inlineOption)]
  if (location === undefined && inline === undefined) return undefined
  const type = given.get(`ssl.${store}.type`)?.toUpperCase() ?? 'JKS'
  if (type !== 'PEM')
    throw new FlinktsError(
      'SQL_UNSUPPORTED',
      `'${PREFIX}ssl.${store}.type' = '${type}'${given.has(`ssl.${store}.type`) ? '' : ' (the default)'}: key stores of Java cannot be read here.`,
      { fix: CONVERT_STORE },
    )
  if (location !== undefined && inline !== undefined)
    throw optionError(
      `'${PREFIX}ssl.${store}.location' and '${PREFIX}${inlineOption}' are both set.`,
      'Remove one of them.',
    )
  return inline === undefined ? { file: location! } : { pem: inline }
}

function readVerifiesHostName(given: ReadonlyMap<string, string>): boolean {
  const algorithm = given.get('ssl.endpoint.identification.algorithm')?.toLowerCase() ?? 'https'
  if (algorithm === 'https' || algorithm === '') return algorithm === 'https'
  throw optionError(
    `Invalid value for option '${PREFIX}ssl.endpoint.identification.algorithm'.`,
    "Set it to 'https', or to '' for certificates that are not for the host's name.",
  )
}
