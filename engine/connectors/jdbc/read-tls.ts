// Certificates and keys of a JDBC URL, read where the writer runs.
import { createPrivateKey } from 'node:crypto'
import { FlinktsError } from '../../common/errors.ts'
import { readKeyFile, readPem } from '../pem-source.ts'
import type { JdbcTls, PostgresTls } from './jdbc-settings.ts'

/** `system`: libpq's name for the authorities that the system trusts. */
const SYSTEM_AUTHORITIES = 'system'

/** Throws FILE_NOT_FOUND, OPTION_INVALID. */
export function readTls({ mode, ca, certificate, key, keyPassword }: JdbcTls): PostgresTls {
  const isSystem = ca !== undefined && 'file' in ca && ca.file === SYSTEM_AUTHORITIES
  return {
    mode,
    ...(ca === undefined || isSystem ? {} : { ca: readPem(ca, 'sslrootcert')! }),
    ...(certificate === undefined ? {} : { certificate: readPem(certificate, 'sslcert')! }),
    ...(key === undefined ? {} : { key: readKey(key, keyPassword) }),
    ...(keyPassword === undefined ? {} : { keyPassword }),
  }
}

/** The JDBC driver takes PKCS#8 in DER, everybody else PEM. */
function readKey(key: NonNullable<JdbcTls['key']>, passphrase: string | undefined): string {
  if ('pem' in key) return key.pem
  const bytes = readKeyFile(key.file, 'sslkey')
  if (bytes.includes('-----BEGIN')) return bytes.toString('utf8')
  try {
    return createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8', passphrase }).export({
      type: 'pkcs8',
      format: 'pem',
    }) as string
  } catch (error) {
    throw new FlinktsError('OPTION_INVALID', `sslkey: ${key.file} is no private key: ${(error as Error).message}`, {
      fix: 'Name a private key in PEM or in PKCS#8 DER, and its password (sslpassword) if it has one.',
    })
  }
}
