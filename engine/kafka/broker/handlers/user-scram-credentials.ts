// DescribeUserScramCredentials and AlterUserScramCredentials (KIP-554). Made credentials are kept in the metadata journal
// as the keys that RFC 5802 lets a server keep, never as a password.
import type {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponseAlterUserScramCredentialsResultInput,
  DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResultInput,
} from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { MetadataEvent } from '../cluster-metadata.ts'
import {
  credentialOfSaltedPassword,
  scramIterationsMax,
  scramIterationsMin,
  scramMechanismOfType,
  scramMechanisms,
} from '../../protocol/scram.ts'
import { isStorageError } from '../storage-errors.ts'
import type { Refusal } from '../topics.ts'

type Described = DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResultInput
type Altered = AlterUserScramCredentialsResponseAlterUserScramCredentialsResultInput

export const describeUserScramCredentials: Handler<'DescribeUserScramCredentials'> = ({ credentials }, request) => {
  const asked = request.users?.map(({ name }) => name) ?? []
  const names = new Set(asked.length === 0 ? credentials.userNames : asked)
  const results = [...names].map((user): Described => {
    const failure = (error: 'DUPLICATE_RESOURCE' | 'RESOURCE_NOT_FOUND', errorMessage: string): Described => ({
      user,
      errorCode: errorCode(error),
      errorMessage,
      credentialInfos: [],
    })
    if (asked.filter((name) => name === user).length > 1)
      return failure(
        'DUPLICATE_RESOURCE',
        `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`,
      )
    const described = credentials.describe(user)
    if (described.length === 0)
      return failure('RESOURCE_NOT_FOUND', `Attempt to describe a user credential that does not exist: ${user}`)
    const credentialInfos = described.map(({ mechanism, iterations }) => ({
      mechanism: scramMechanisms[mechanism].type,
      iterations,
    }))
    return { user, errorCode: 0, errorMessage: null, credentialInfos }
  })
  return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, results }
}

export const alterUserScramCredentials: Handler<'AlterUserScramCredentials'> = (services, request) => {
  const events = new Map<string, MetadataEvent>()
  const refusals = new Map<string, Refusal>()
  for (const change of changesOf(request)) {
    const { user } = change
    if (refusals.has(user)) continue
    const refusal = events.has(user) ? duplicate : refusalOf(services, change)
    if (refusal === undefined) events.set(user, eventOf(change))
    else {
      events.delete(user)
      refusals.set(user, refusal)
    }
  }
  const lost = write(services, [...events.values()])
  return {
    throttleTimeMs: 0,
    results: [
      ...[...events.keys()].map((user) => resultOf(user, lost)),
      ...[...refusals].map(([user, refusal]) => resultOf(user, refusal)),
    ],
  }
}

interface Change {
  readonly user: string
  readonly mechanismType: number
  /** Undefined: the credential is deleted. */
  readonly upsertion: AlterUserScramCredentialsRequest['upsertions'][number] | undefined
}

const duplicate: Refusal = {
  error: 'DUPLICATE_RESOURCE',
  message: 'A user credential cannot be altered twice in the same request',
}

function changesOf({ deletions, upsertions }: AlterUserScramCredentialsRequest): Change[] {
  return [
    ...deletions.map(({ name, mechanism }) => ({ user: name, mechanismType: mechanism, upsertion: undefined })),
    ...upsertions.map((upsertion) => ({ user: upsertion.name, mechanismType: upsertion.mechanism, upsertion })),
  ]
}

function refusalOf({ credentials }: BrokerServices, { user, mechanismType, upsertion }: Change): Refusal | undefined {
  const mechanism = scramMechanismOfType(mechanismType)
  if (user === '') return { error: 'UNACCEPTABLE_CREDENTIAL', message: 'Username must not be empty' }
  if (mechanism === undefined) return { error: 'UNSUPPORTED_SASL_MECHANISM', message: 'Unknown SCRAM mechanism' }
  if (upsertion !== undefined) {
    if (upsertion.iterations < scramIterationsMin)
      return { error: 'UNACCEPTABLE_CREDENTIAL', message: 'Too few iterations' }
    if (upsertion.iterations > scramIterationsMax)
      return { error: 'UNACCEPTABLE_CREDENTIAL', message: 'Too many iterations' }
    return undefined
  }
  if (credentials.isAltered(user, mechanism)) return undefined
  if (credentials.describe(user).some((described) => described.mechanism === mechanism))
    return {
      error: 'UNACCEPTABLE_CREDENTIAL',
      message: `User ${user} is one that this broker was started with: it stays until it is started without`,
    }
  return { error: 'RESOURCE_NOT_FOUND', message: 'Attempt to delete a user credential that does not exist' }
}

function eventOf({ user: userName, mechanismType, upsertion }: Change): MetadataEvent {
  const mechanism = scramMechanismOfType(mechanismType)!
  if (upsertion === undefined) return { kind: 'scram-credential-deleted', userName, mechanism }
  const { salt, iterations, saltedPassword } = upsertion
  const { storedKey, serverKey } = credentialOfSaltedPassword(mechanism, saltedPassword, salt, iterations)
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  return {
    kind: 'scram-credential-altered',
    credential: {
      userName,
      mechanism,
      salt: base64(salt),
      iterations,
      storedKey: base64(storedKey),
      serverKey: base64(serverKey),
    },
  }
}

function write({ metadata }: BrokerServices, events: readonly MetadataEvent[]): Refusal | undefined {
  try {
    metadata.append(events)
    return undefined
  } catch (error) {
    if (!isStorageError(error)) throw error
    return { error: 'KAFKA_STORAGE_ERROR', message: error.message }
  }
}

function resultOf(user: string, refusal: Refusal | undefined): Altered {
  return { user, errorCode: errorCode(refusal?.error ?? 'NONE'), errorMessage: refusal?.message ?? null }
}
