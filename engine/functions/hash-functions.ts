// MD5 and SHA digests. The only file of the room that needs a Node built-in.
import { createHash } from 'node:crypto'
import type { ScalarFunctions } from './function-context.ts'

function digest(algorithm: string): () => (value: string | Uint8Array) => string {
  return () => (value) => createHash(algorithm).update(value).digest('hex')
}

const SHA2_LENGTHS: Readonly<Record<number, string>> = { 224: 'sha224', 256: 'sha256', 384: 'sha384', 512: 'sha512' }

export const hashFunctions: ScalarFunctions = {
  md5: digest('md5'),
  sha1: digest('sha1'),
  sha224: digest('sha224'),
  sha256: digest('sha256'),
  sha384: digest('sha384'),
  sha512: digest('sha512'),
  sha2: () => (value: string | Uint8Array, bits: number) => {
    const algorithm = SHA2_LENGTHS[bits]
    return algorithm === undefined ? null : createHash(algorithm).update(value).digest('hex')
  },
}
