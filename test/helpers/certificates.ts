// Certificates made while a test runs: a certificate authority, and what it signs. Just enough DER for X.509 version 3
// (RFC 5280) with elliptic keys.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  if (body.length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, body.length), body])
  return Buffer.concat([Buffer.of(tag, 0x82, body.length >> 8, body.length & 0xff), body])
}
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes))
const time = (text: string): Buffer => der(0x18, Buffer.from(text))

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const commonName = oid(0x55, 0x04, 0x03)
const subjectAlternativeName = oid(0x55, 0x1d, 0x11)
const basicConstraints = oid(0x55, 0x1d, 0x13)

const nameOf = (name: string): Buffer => sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name, 'utf8')))))

interface Issuer {
  readonly name: string
  readonly key: KeyObject
}

interface Pem {
  readonly key: string
  readonly certificate: string
}

interface IssueOptions {
  /** Default: localhost and 127.0.0.1. */
  readonly host?: string
  /** The certificate's last second, as `YYYYMMDDHHMMSSZ`. Default: far away. */
  readonly validUntil?: string
}

function issue(
  name: string,
  publicKey: KeyObject,
  issuer: Issuer,
  isAuthority: boolean,
  { host, validUntil = '20990101000000Z' }: IssueOptions = {},
): string {
  const altNames =
    host === undefined
      ? sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1)))
      : sequence(der(0x82, Buffer.from(host)))
  const extension = isAuthority
    ? sequence(basicConstraints, der(0x01, Buffer.of(0xff)), der(0x04, sequence(der(0x01, Buffer.of(0xff)))))
    : sequence(subjectAlternativeName, der(0x04, altNames))
  const serial = randomBytes(8)
  serial[0] = 1
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    ecdsaWithSha256,
    nameOf(issuer.name),
    sequence(time('20200101000000Z'), time(validUntil)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  )
  const signature = sign('sha256', body, issuer.key)
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.of(0), signature))
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

export class TestAuthority {
  readonly certificate: string
  private readonly issuer: Issuer

  constructor(name = 'test authority') {
    const { publicKey, privateKey } = newKey()
    this.issuer = { name, key: privateKey }
    this.certificate = issue(name, publicKey, this.issuer, true)
  }

  issue(name: string, options: IssueOptions = {}): Pem {
    const { publicKey, privateKey } = newKey()
    return { key: pemOf(privateKey), certificate: issue(name, publicKey, this.issuer, false, options) }
  }
}

export interface CertificateFiles {
  readonly keyFile: string
  readonly certificateFile: string
  readonly caFile: string
}

/** A broker's key and certificate, and the authority's certificate, as files. */
export function certificateFiles(
  directory: string,
  authority: TestAuthority,
  name = 'localhost',
  options: IssueOptions = {},
): CertificateFiles {
  const write = (file: string, text: string): string => {
    const path = join(directory, file)
    writeFileSync(path, text)
    return path
  }
  const { key, certificate } = authority.issue(name, options)
  return {
    keyFile: write(`${name}.key`, key),
    certificateFile: write(`${name}.crt`, certificate),
    caFile: write('ca.crt', authority.certificate),
  }
}
