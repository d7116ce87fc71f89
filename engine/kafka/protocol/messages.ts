// The protocol's front: frames ↔ typed messages, both directions, any valid version.
//
//   frame    = int32 size, then: request = header body | response = header body
//   header   = RequestHeader 1, or 2 where the request's version is flexible; ResponseHeader 0 or 1 likewise
//              (ApiVersions answers with header 0 always: the asker does not know yet what is spoken, KIP-511)
//
// Byte fields of decoded messages are views into the frame: valid as long as the frame is. Malformed input throws
// FlinktsError KAFKA_PROTOCOL, after which the connection is of no use any more and is closed.
import { FlinktsError } from '../../common/errors.ts'
import { compileMessageCodec, type MessageCodec } from './message-codec.ts'
import { MessageReader } from './message-reader.ts'
import { inRange } from './message-schema.ts'
import { MessageWriter } from './message-writer.ts'
import {
  apis,
  messageSchemas,
  type ApiName,
  type MessageByName,
  type MessageInputByName,
  type MessageName,
  type RequestByApi,
  type RequestInputByApi,
  type ResponseByApi,
  type ResponseInputByApi,
} from './schemas.ts'

const codecs = new Map<string, MessageCodec>()

function codecOf(name: MessageName, version: number): MessageCodec {
  const key = `${name} ${version}`
  let codec = codecs.get(key)
  if (codec === undefined) {
    const schema = messageSchemas[name]
    if (!inRange(version, schema.validVersions))
      throw new FlinktsError('KAFKA_PROTOCOL', `${name} has no version ${version}`)
    codec = compileMessageCodec(name, schema, version)
    codecs.set(key, codec)
  }
  return codec
}

const apiNameByKey = new Map<number, ApiName>((Object.keys(apis) as ApiName[]).map((name) => [apis[name].key, name]))

export function apiNameOfKey(key: number): ApiName | undefined {
  return apiNameByKey.get(key)
}

/** The first valid version that has compact lengths and tagged fields is also the first with the flexible headers. */
function isFlexible(api: ApiName, version: number): boolean {
  return version >= messageSchemas[`${api}Request`].flexibleFrom
}

export interface RequestFrame {
  readonly apiKey: number
  /** Undefined where the key belongs to no client-facing API: nothing behind `correlationId` was read then. */
  readonly api: ApiName | undefined
  /** As sent; not checked against the valid versions. */
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** Where the body begins in the frame. */
  readonly bodyPosition: number
}

/** Reads the header of a request. `frame` is what follows the size. */
export function decodeRequestHeader(frame: Uint8Array): RequestFrame {
  const reader = new MessageReader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const api = apiNameOfKey(apiKey)
  if (api === undefined)
    return { apiKey, api, apiVersion, correlationId: reader.int32(), clientId: null, bodyPosition: reader.position }
  reader.position = 0
  const header = codecOf('RequestHeader', isFlexible(api, apiVersion) ? 2 : 1).decode(
    reader,
  ) as MessageByName['RequestHeader']
  return {
    apiKey,
    api,
    apiVersion,
    correlationId: header.correlationId,
    clientId: header.clientId,
    bodyPosition: reader.position,
  }
}

/** Bytes behind the body are ignored, as Kafka does. */
export function decodeRequestBody<Api extends ApiName>(
  api: Api,
  version: number,
  frame: Uint8Array,
  bodyPosition: number,
): RequestByApi[Api] {
  return codecOf(`${api}Request`, version).decode(new MessageReader(frame, bodyPosition)) as RequestByApi[Api]
}

export interface DecodedResponse<Message> {
  readonly correlationId: number
  readonly message: Message
}

/** The correlation id of a response, without knowing what it answers. */
export function correlationIdOf(frame: Uint8Array): number {
  return new MessageReader(frame).int32()
}

/** Reads a whole response. `frame` is what follows the size. */
export function decodeResponse<Api extends ApiName>(
  api: Api,
  version: number,
  frame: Uint8Array,
): DecodedResponse<ResponseByApi[Api]> {
  const reader = new MessageReader(frame)
  const header = codecOf('ResponseHeader', responseHeaderVersion(api, version)).decode(
    reader,
  ) as MessageByName['ResponseHeader']
  const message = codecOf(`${api}Response`, version).decode(reader) as ResponseByApi[Api]
  return { correlationId: header.correlationId, message }
}

function responseHeaderVersion(api: ApiName, version: number): 0 | 1 {
  return isFlexible(api, version) && api !== 'ApiVersions' ? 1 : 0
}

/**
 * A request with its size in front, as chunks to be written in order. Byte fields of 2 KiB and more are the caller's own
 * memory and must not change until they are sent.
 */
export function encodeRequest<Api extends ApiName>(
  api: Api,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  request: RequestInputByApi[Api],
): Uint8Array[] {
  return encodeFrame((writer) => {
    const fields = { requestApiKey: apis[api].key, requestApiVersion: version, ...header }
    codecOf('RequestHeader', isFlexible(api, version) ? 2 : 1).encode(writer, fields)
    codecOf(`${api}Request`, version).encode(writer, request)
  })
}

/** A response with its size in front, as chunks to be written in order (see encodeRequest). */
export function encodeResponse<Api extends ApiName>(
  api: Api,
  version: number,
  correlationId: number,
  response: ResponseInputByApi[Api],
): Uint8Array[] {
  return encodeFrame((writer) => {
    codecOf('ResponseHeader', responseHeaderVersion(api, version)).encode(writer, { correlationId })
    codecOf(`${api}Response`, version).encode(writer, response)
  })
}

function encodeFrame(write: (writer: MessageWriter) => void): Uint8Array[] {
  const writer = new MessageWriter()
  writer.int32(0)
  write(writer)
  const size = writer.length - 4
  const chunks = writer.finish()
  writer.setFirstInt32(size)
  return chunks
}

/** A bare message: without header, size or version. */
export function decodeMessage<Name extends MessageName>(
  name: Name,
  version: number,
  bytes: Uint8Array,
  position = 0,
): MessageByName[Name] {
  return codecOf(name, version).decode(new MessageReader(bytes, position)) as MessageByName[Name]
}

export function encodeMessage<Name extends MessageName>(
  name: Name,
  version: number,
  message: MessageInputByName[Name],
): Buffer {
  const writer = new MessageWriter()
  codecOf(name, version).encode(writer, message)
  return Buffer.concat(writer.finish())
}

/**
 * A message behind its own version as int16, as the consumer protocol's subscriptions and assignments travel inside
 * JoinGroup and SyncGroup. A later version than ours is read as our last one: versions only ever append fields there.
 */
export function decodeVersionedMessage<Name extends MessageName>(
  name: Name,
  bytes: Uint8Array,
): { version: number; message: MessageByName[Name] } {
  const version = new MessageReader(bytes).int16()
  const [first, last] = messageSchemas[name].validVersions
  if (version < first) throw new FlinktsError('KAFKA_PROTOCOL', `${name} has no version ${version}`)
  return { version, message: decodeMessage(name, Math.min(version, last), bytes, 2) }
}

export function encodeVersionedMessage<Name extends MessageName>(
  name: Name,
  version: number,
  message: MessageInputByName[Name],
): Buffer {
  const writer = new MessageWriter()
  writer.int16(version)
  codecOf(name, version).encode(writer, message)
  return Buffer.concat(writer.finish())
}
