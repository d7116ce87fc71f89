// Places for secrets in a connector's settings. A definition puts what it read into `secret`; before the JobManager keeps,
// shows or hands on a graph it takes that out and leaves a name (docs/decisions/0012). Only the connector's runtime
// looks inside, with what its context brings. Pure.
import type { Json } from '../common/json.ts'

/** By name; held in memory only. */
export type Secrets = Readonly<Record<string, Json>>

export type SecretSlot<T> = { readonly secret: T } | { readonly secretName: string }

/** Names that begin so are the project's: the session knows them from flinkts.yaml. */
export const PROJECT_SECRET_PREFIX = 'project:'
export const PROJECT_KAFKA = 'project:kafka'
export const PROJECT_POSTGRES = 'project:postgres'

/** The JobManager has seen to it that every name of a graph is known. */
export function revealed<T>(slot: SecretSlot<T>, secrets: Secrets | undefined): T {
  if ('secret' in slot) return slot.secret
  const secret = secrets?.[slot.secretName]
  // a defect, but one whose text must be safe to print
  if (secret === undefined) throw new Error(`nobody knows the secret ${slot.secretName}`)
  return secret as unknown as T
}
