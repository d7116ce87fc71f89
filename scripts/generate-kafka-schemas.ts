// Writes engine/kafka/protocol/schemas.ts from Kafka's own message schemas (common/message/*.json inside the kafka-clients jar).
// Guards: the committed table is what the jar says, byte for byte.
//
//   npx tsx scripts/generate-kafka-schemas.ts <path of kafka-clients-4.1.0.jar> [--check]
//
// Only facts are taken (names, types, version ranges, nullability, tags, defaults); the descriptive sentences stay in the jar.
import { readFileSync, writeFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const outputPath = new URL('../engine/kafka/protocol/schemas.ts', import.meta.url)

// Messages that are neither request nor response: headers, what the embedded consumer protocol carries, control records.
const standalone = [
  'RequestHeader',
  'ResponseHeader',
  'ConsumerProtocolSubscription',
  'ConsumerProtocolAssignment',
  'EndTxnMarker',
]

interface JarField {
  name: string
  type: string
  versions: string
  nullableVersions?: string
  taggedVersions?: string
  flexibleVersions?: string
  tag?: number
  default?: string | number | boolean
  ignorable?: boolean
  fields?: JarField[]
}
interface JarMessage {
  apiKey?: number
  type: string
  name: string
  listeners?: string[]
  validVersions: string
  flexibleVersions?: string
  latestVersionUnstable?: boolean
  fields: JarField[]
  commonStructs?: JarField[]
}
type Range = [number, number]
const unbounded = 32767

/** Entries of a zip archive whose name starts with `prefix`, by name (stored or deflated; no zip64: jars of this size have none). */
function readZipEntries(archive: Buffer, prefix: string): Map<string, string> {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0) throw new Error('not a jar: no central directory')
  const entries = new Map<string, string>()
  let position = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const method = archive.readUInt16LE(position + 10)
    const compressedSize = archive.readUInt32LE(position + 20)
    const nameLength = archive.readUInt16LE(position + 28)
    const local = archive.readUInt32LE(position + 42)
    const name = archive.toString('utf8', position + 46, position + 46 + nameLength)
    position += 46 + nameLength + archive.readUInt16LE(position + 30) + archive.readUInt16LE(position + 32)
    if (!name.startsWith(prefix) || !name.endsWith('.json')) continue
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const bytes = archive.subarray(start, start + compressedSize)
    entries.set(name, (method === 0 ? bytes : inflateRawSync(bytes)).toString('utf8'))
  }
  return entries
}

/** Kafka's schemas are JSON with `//` comments, on lines of their own or after a value. */
function parseCommentedJson(text: string): JarMessage {
  const withoutComments = text.replace(
    /("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g,
    (_, quoted: string | undefined) => quoted ?? '',
  )
  return JSON.parse(withoutComments) as JarMessage
}

function parseRange(text: string | undefined): Range | undefined {
  if (text === undefined || text === 'none') return undefined
  if (text.endsWith('+')) return [Number(text.slice(0, -1)), unbounded]
  const [first, last] = text.split('-').map(Number)
  return [first!, last ?? first!]
}

const camelCase = (name: string) => {
  const acronym = /^[A-Z]+(?=[A-Z][a-z]|$|\d)/.exec(name)?.[0]
  return acronym && acronym.length > 1
    ? acronym.toLowerCase() + name.slice(acronym.length)
    : name[0]!.toLowerCase() + name.slice(1)
}

const scalarTypes: Record<string, string> = {
  bool: 'boolean',
  int8: 'number',
  int16: 'number',
  uint16: 'number',
  int32: 'number',
  int64: 'bigint',
  float64: 'number',
  string: 'string',
  uuid: 'string',
  bytes: 'Uint8Array',
  records: 'Uint8Array',
}

class MessageGenerator {
  readonly message: JarMessage
  readonly valid: Range
  readonly interfaces: string[] = []
  readonly interfaceNames = new Set<string>()

  constructor(message: JarMessage) {
    this.message = message
    this.valid = parseRange(message.validVersions)!
  }

  schema(): string {
    const flexible = parseRange(this.message.flexibleVersions)
    const fields = this.fieldTable(this.message.fields, '    ')
    this.writeInterfaces(this.message.name, this.message.fields)
    return `  ${this.message.name}: {\n    validVersions: [${this.valid.join(', ')}], flexibleFrom: ${flexible?.[0] ?? unbounded}, fields: [\n${fields}    ],\n  },\n`
  }

  fieldsOf(field: JarField): JarField[] | undefined {
    if (field.fields !== undefined) return field.fields
    const typeName = field.type.replace('[]', '')
    return this.message.commonStructs?.find((struct) => struct.name === typeName)?.fields
  }

  fieldTable(fields: JarField[], indent: string): string {
    return this.present(fields)
      .map((field) => {
        const element = field.type.replace('[]', '')
        const struct = scalarTypes[element] === undefined
        const facts = [
          `name: '${camelCase(field.name)}'`,
          `type: '${struct ? 'struct' : element}'`,
          `versions: [${parseRange(field.versions)!.join(', ')}]`,
        ]
        if (field.type.startsWith('[]')) facts.push('array: true')
        const nullable = parseRange(field.nullableVersions)
        if (nullable) facts.push(`nullable: [${nullable.join(', ')}]`)
        const tagged = parseRange(field.taggedVersions)
        if (tagged) facts.push(`tag: ${field.tag}`, `tagged: [${tagged.join(', ')}]`)
        if (field.flexibleVersions === 'none') facts.push('neverFlexible: true')
        if (field.ignorable) facts.push('ignorable: true')
        if (field.default !== undefined) facts.push(`default: ${this.defaultOf(field)}`)
        if (struct) facts.push(`fields: [\n${this.fieldTable(this.fieldsOf(field)!, indent + '  ')}${indent}  ]`)
        return `${indent}  { ${facts.join(', ')} },\n`
      })
      .join('')
  }

  /** Fields of versions that Kafka 4.1 no longer speaks stay out. */
  present(fields: JarField[]): JarField[] {
    return fields.filter((field) => {
      const versions = parseRange(field.versions)
      return versions !== undefined && versions[0] <= this.valid[1] && versions[1] >= this.valid[0]
    })
  }

  defaultOf(field: JarField): string {
    const value = String(field.default)
    if (value === 'null') return 'null'
    if (field.type === 'string') return `'${value}'`
    if (field.type === 'bool') return value.toLowerCase()
    if (field.type === 'int64') return `${BigInt(value)}n`
    return String(Number(value))
  }

  /** Two interfaces per struct: as decoded (every field there), and as encoded (what has a default may be left out). */
  writeInterfaces(name: string, fields: JarField[]): void {
    if (this.interfaceNames.has(name)) return
    this.interfaceNames.add(name)
    const decoded: string[] = []
    const input: string[] = []
    for (const field of this.present(fields)) {
      const element = field.type.replace('[]', '')
      const scalar = scalarTypes[element]
      const structName = this.message.name + element
      const array = field.type.startsWith('[]') ? 'readonly ' : ''
      const suffix =
        (array ? '[]' : '') +
        (field.nullableVersions !== undefined && field.nullableVersions !== 'none' ? ' | null' : '')
      decoded.push(`  readonly ${camelCase(field.name)}: ${array}${scalar ?? structName}${suffix}\n`)
      input.push(
        `  readonly ${camelCase(field.name)}${this.mayBeLeftOut(field) ? '?' : ''}: ${array}${scalar ?? structName + 'Input'}${suffix}${this.mayBeLeftOut(field) ? ' | undefined' : ''}\n`,
      )
      if (scalar === undefined) this.writeInterfaces(structName, this.fieldsOf(field)!)
    }
    this.interfaces.push(
      `export interface ${name} {\n${decoded.join('')}}\n`,
      `export interface ${name}Input {\n${input.join('')}}\n`,
    )
  }

  mayBeLeftOut(field: JarField): boolean {
    const versions = parseRange(field.versions)!
    const always = versions[0] <= this.valid[0] && versions[1] >= this.valid[1]
    return !always || field.default !== undefined || field.ignorable === true || field.taggedVersions !== undefined
  }
}

function generate(jarPath: string): string {
  const messages = new Map<string, JarMessage>()
  for (const text of readZipEntries(readFileSync(jarPath), 'common/message/').values()) {
    const message = parseCommentedJson(text)
    messages.set(message.name, message)
  }
  const requests = [...messages.values()]
    .filter(
      (message) =>
        message.type === 'request' && message.listeners?.includes('broker') && message.validVersions !== 'none',
    )
    .sort((a, b) => a.apiKey! - b.apiKey!)
  const names = requests.map((request) => request.name.replace(/Request$/, ''))
  const generators = [...names.flatMap((name) => [`${name}Request`, `${name}Response`]), ...standalone].map(
    (name) => new MessageGenerator(messages.get(name)!),
  )
  const schemas = generators.map((generator) => generator.schema()).join('')
  const apis = requests
    .map(
      (request, index) =>
        `  ${names[index]}: { key: ${request.apiKey}, validVersions: [${parseRange(request.validVersions)!.join(', ')}], latestVersionUnstable: ${request.latestVersionUnstable ?? false} },\n`,
    )
    .join('')
  const map = (title: string, suffix: string) =>
    `export interface ${title} {\n${names.map((name) => `  readonly ${name}: ${name}${suffix}\n`).join('')}}\n`
  const messageMap = (title: string, suffix: string) =>
    `export interface ${title} {\n${generators.map((generator) => `  readonly ${generator.message.name}: ${generator.message.name}${suffix}\n`).join('')}}\n`
  return [
    `// Kafka 4.1's client-facing messages as data. Generated by scripts/generate-kafka-schemas.ts: change that, not this.\n` +
      `import type { ApiSchema, MessageSchema } from './message-schema.ts'\n`,
    `export const apis = {\n${apis}} as const satisfies Record<string, ApiSchema>\n`,
    `export type ApiName = keyof typeof apis\n`,
    `export const messageSchemas: { readonly [name in MessageName]: MessageSchema } = {\n${schemas}}\n`,
    `export type MessageName = keyof MessageByName\n`,
    map('RequestByApi', 'Request'),
    map('RequestInputByApi', 'RequestInput'),
    map('ResponseByApi', 'Response'),
    map('ResponseInputByApi', 'ResponseInput'),
    messageMap('MessageByName', ''),
    messageMap('MessageInputByName', 'Input'),
    ...generators.flatMap((generator) => generator.interfaces),
  ].join('\n')
}

const jarPath = process.argv[2]
if (jarPath === undefined) {
  console.error('usage: generate-kafka-schemas.ts <path of kafka-clients jar> [--check]')
  process.exitCode = 2
} else {
  const generated = generate(jarPath)
  if (!process.argv.includes('--check')) writeFileSync(outputPath, generated)
  else if (readFileSync(outputPath, 'utf8') !== generated) {
    console.error('engine/kafka/protocol/schemas.ts is not what the jar says: run this script without --check')
    process.exitCode = 1
  }
}
