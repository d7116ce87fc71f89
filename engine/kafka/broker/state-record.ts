// What the records of the coordinators' topics have in common: a version before the fields, which Kafka's message format
// describes.
import type { FieldSchema } from '../protocol/message-schema.ts'
import { MessageWriter } from '../protocol/message-writer.ts'

/** A field of all versions. */
export const field = (name: string, type: FieldSchema['type'], more: Partial<FieldSchema> = {}): FieldSchema => ({
  name,
  type,
  versions: [0, 32767],
  ...more,
})

export const nullable: Partial<FieldSchema> = { nullable: [0, 32767], default: null }

export function encodeVersioned(
  version: number,
  write: (writer: MessageWriter, message: unknown) => void,
  message: unknown,
): Uint8Array {
  const writer = new MessageWriter()
  writer.int16(version)
  write(writer, message)
  return Buffer.concat(writer.finish())
}
