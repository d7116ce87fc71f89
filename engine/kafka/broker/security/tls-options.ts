// Keys and certificates of a listener, read once, when it is opened.
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TlsOptions as ServerTlsOptions } from 'node:tls'
import { FlinktsError } from '../../../common/errors.ts'

export interface TlsOptions {
  /** Path of the private key, PEM (`ssl.keystore.key`). */
  readonly keyFile: string
  /** Path of the certificate with its chain, PEM, the broker's own first (`ssl.keystore.certificate.chain`). */
  readonly certificateFile: string
  /** Path of a file that holds the password of the key, where it has one: its first line. */
  readonly keyPasswordFile?: string
  /** Path of the certificates, PEM, that clients' certificates are signed with (`ssl.truststore.certificates`). */
  readonly clientCaFile?: string
  /**
   * Whether clients show a certificate (`ssl.client.auth`). `required`: no connection without a valid one. `requested`:
   * none is fine, a bad one is not. Default: `required` with a `clientCaFile`, `none` without.
   */
  readonly clientAuthentication?: 'none' | 'requested' | 'required'
}

export interface TlsSettings {
  readonly server: ServerTlsOptions
  readonly clientAuthentication: 'none' | 'requested' | 'required'
}

/** Throws OPTION_INVALID: a file that cannot be read, a key that does not fit its certificate. */
export function readTlsOptions(listener: string, options: TlsOptions): TlsSettings {
  const { keyFile, certificateFile, keyPasswordFile, clientCaFile } = options
  const clientAuthentication = options.clientAuthentication ?? (clientCaFile === undefined ? 'none' : 'required')
  if (clientAuthentication !== 'none' && clientCaFile === undefined)
    throw new FlinktsError('OPTION_INVALID', `listener ${listener} asks clients for certificates but trusts nobody's`, {
      fix: 'Name the file with the certificates that sign those of clients (clientCaFile).',
    })
  const read = (what: string, path: string): Buffer => readPem(listener, what, path)
  const pem = {
    key: read('private key', keyFile),
    cert: read('certificate', certificateFile),
    ...(clientCaFile === undefined ? {} : { ca: read('client CA', clientCaFile) }),
    ...(keyPasswordFile === undefined
      ? {}
      : { passphrase: read('key password', keyPasswordFile).toString('utf8').split(/\r?\n/)[0]! }),
  }
  try {
    createSecureContext(pem)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FlinktsError('OPTION_INVALID', `listener ${listener}: ${keyFile} and ${certificateFile}: ${reason}`, {
      fix: 'Give a private key in PEM (with its password, if it has one) and the certificate made for it, in PEM.',
    })
  }
  return {
    clientAuthentication,
    server: {
      ...pem,
      minVersion: 'TLSv1.2',
      requestCert: clientAuthentication !== 'none',
      // `requested` lets clients without a certificate in: the server looks at the others itself.
      rejectUnauthorized: clientAuthentication === 'required',
    },
  }
}

function readPem(listener: string, what: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FlinktsError('OPTION_INVALID', `listener ${listener}: the ${what} cannot be read: ${reason}`, {
      fix: 'Give the path of a file that this user may read.',
      cause: error,
    })
  }
}
