// TLS towards Postgres, with libpq's meanings (https://www.postgresql.org/docs/18/libpq-ssl.html), for pg's client.
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { FlinktsError } from '../../common/errors.ts'
import { tlsProblem } from '../../common/tls-problem.ts'
import type { PostgresTls } from './jdbc-settings.ts'

/** pg's `ssl`. */
export function sslOf(
  host: string,
  { mode, ca, certificate, key, keyPassword }: PostgresTls,
): ConnectionOptions | false {
  if (mode === 'disable') return false
  const verifies = mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && ca !== undefined)
  return {
    rejectUnauthorized: verifies,
    ...(verifies && mode !== 'verify-full' ? { checkServerIdentity: () => undefined } : {}),
    // without it Node compares the certificate of an IP address with `localhost`
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(keyPassword === undefined ? {} : { passphrase: keyPassword }),
  }
}

/** What pg says where the server answers that it has no TLS. */
export function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections'
}

/** What went wrong, as the end of a sentence, and how it is mended; undefined where it is not about TLS. */
export function postgresTlsProblem(error: unknown): { readonly problem: string; readonly fix: string } | undefined {
  if (isWithoutTls(error))
    return {
      problem: 'the server has no TLS, and the client asks for it',
      fix: 'Switch TLS on at the server (ssl = on), or use the mode disable or prefer.',
    }
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code === '28000' && message.includes('no encryption'))
    return { problem: message, fix: 'Use TLS: the mode require, verify-ca or verify-full.' }
  if (code === '28000' && message.includes('client certificate'))
    return { problem: message, fix: "Give the client's certificate and its private key (PEM)." }
  return tlsProblem(error)
}

/** Certificates and keys that OpenSSL cannot read make Node throw while a connection is being made. */
export function unusableTls(error: unknown): FlinktsError | undefined {
  const { code = '', message } = error as { code?: string; message: string }
  if (!/^ERR_OSSL|^ERR_CRYPTO/.test(code)) return undefined
  return new FlinktsError('OPTION_INVALID', `Postgres: certificates or private key cannot be used: ${message}`, {
    fix: 'Give them in PEM: the certificates of the authority, the certificate of this client and the private key made with it.',
  })
}
