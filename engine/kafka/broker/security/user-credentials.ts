// Who may log in. Two sources: the users that the broker was started with (name and password, good for every mechanism,
// never written anywhere), and the SCRAM credentials that AlterUserScramCredentials made (salted, in the metadata journal).
// Where both know a user, the second is the later word for its mechanism.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { MetadataLog } from '../metadata-log.ts'
import { scramCredentialKey } from '../cluster-metadata.ts'
import {
  credentialOfSaltedPassword,
  saltedPassword,
  scramIterationsMin,
  scramMechanisms,
  type ScramCredential,
  type ScramMechanism,
} from '../../protocol/scram.ts'

/** A user that may log in with every SASL mechanism. */
export interface BrokerUser {
  readonly name: string
  readonly password: string
}

export interface DescribedCredential {
  readonly mechanism: ScramMechanism
  readonly iterations: number
}

const mechanisms = Object.keys(scramMechanisms) as ScramMechanism[]

export class UserCredentials {
  private readonly metadata: MetadataLog
  private readonly passwords: ReadonlyMap<string, string>
  /** Derived at the first use: 4096 rounds are milliseconds that most starts can do without. */
  private readonly derived = new Map<string, ScramCredential>()

  constructor(metadata: MetadataLog, users: readonly BrokerUser[]) {
    this.metadata = metadata
    this.passwords = new Map(users.map(({ name, password }) => [name, password]))
  }

  /** Takes the same time whether the user exists or not, and wherever the passwords differ. */
  isPassword(userName: string, password: string): boolean {
    const expected = this.passwords.get(userName)
    const isSame = timingSafeEqual(sha256(password), sha256(expected ?? ''))
    return isSame && expected !== undefined
  }

  scram(userName: string, mechanism: ScramMechanism): ScramCredential | undefined {
    const kept = this.metadata.image.scramCredentials.get(scramCredentialKey({ userName, mechanism }))
    if (kept !== undefined)
      return {
        salt: Buffer.from(kept.salt, 'base64'),
        iterations: kept.iterations,
        storedKey: Buffer.from(kept.storedKey, 'base64'),
        serverKey: Buffer.from(kept.serverKey, 'base64'),
      }
    const password = this.passwords.get(userName)
    return password === undefined ? undefined : this.derive(userName, mechanism, password)
  }

  /** Only what AlterUserScramCredentials made can be deleted by it. */
  isAltered(userName: string, mechanism: ScramMechanism): boolean {
    return this.metadata.image.scramCredentials.has(scramCredentialKey({ userName, mechanism }))
  }

  get userNames(): string[] {
    const altered = [...this.metadata.image.scramCredentials.values()].map(({ userName }) => userName)
    return [...new Set([...this.passwords.keys(), ...altered])]
  }

  describe(userName: string): DescribedCredential[] {
    return mechanisms.flatMap((mechanism) => {
      const iterations =
        this.metadata.image.scramCredentials.get(scramCredentialKey({ userName, mechanism }))?.iterations ??
        (this.passwords.has(userName) ? scramIterationsMin : undefined)
      return iterations === undefined ? [] : [{ mechanism, iterations }]
    })
  }

  private derive(userName: string, mechanism: ScramMechanism, password: string): ScramCredential {
    const key = scramCredentialKey({ userName, mechanism })
    let credential = this.derived.get(key)
    if (credential === undefined) {
      const salt = randomBytes(24)
      const salted = saltedPassword(mechanism, password, salt, scramIterationsMin)
      credential = credentialOfSaltedPassword(mechanism, salted, salt, scramIterationsMin)
      this.derived.set(key, credential)
    }
    return credential
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
