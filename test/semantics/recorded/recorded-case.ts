// The recorded cases: what real Flink 2.2 answered (test/fixtures/goldens/README.md).
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMap, isScalar, isSeq, parse, parseDocument, type Document } from 'yaml'

export type Value = string | null

export interface RecordedRecord {
  /** An object's JSON text as it was produced, spelling of numbers included; a string's text. */
  readonly value?: string | null
  readonly value_hex?: string
  readonly key?: string | null
  readonly key_hex?: string
  readonly partition?: number
  readonly timestamp?: number
  readonly headers?: Readonly<Record<string, string | null>>
}

export interface RecordedInput {
  readonly topic: string
  readonly partitions?: number
  readonly records?: readonly RecordedRecord[]
  readonly records_file?: string
}

export interface ExpectedExpression {
  readonly sql: string
  readonly type?: string
  readonly value?: Value | readonly Value[]
  readonly error?: { readonly phase: 'plan' | 'runtime'; readonly message: string }
}

export interface ExpectedKafkaRecord {
  readonly key: Value
  readonly value: Value
  readonly headers?: Readonly<Record<string, Value>>
  readonly timestamp?: number
}

export interface Expected {
  readonly compare?: 'rows' | 'rows-ordered' | 'changelog' | 'changelog-any-order' | 'final' | 'none'
  readonly columns?: readonly (readonly [string, string])[]
  readonly rows?: readonly (readonly Value[])[]
  readonly unordered?: boolean
  readonly changelog?: readonly (readonly [string, ...Value[]])[]
  readonly final?: readonly (readonly Value[])[]
  readonly exprs?: readonly ExpectedExpression[]
  readonly kafka?: Readonly<Record<string, readonly ExpectedKafkaRecord[]>>
  readonly kafka_order?: 'any'
  readonly postgres?: Readonly<
    Record<string, { readonly columns: readonly string[]; readonly rows: readonly (readonly Value[])[] }>
  >
}

export interface ExpectedError {
  readonly phase: 'plan' | 'runtime'
  readonly message: string
  readonly chain?: readonly string[]
  readonly at?: string
}

export interface RecordedCase {
  /** `area/name`. */
  readonly id: string
  readonly area: string
  readonly tags: readonly string[]
  readonly settings?: Readonly<Record<string, string>>
  readonly inputs?: readonly RecordedInput[]
  readonly postgres?: { readonly tables?: readonly string[]; readonly setup?: readonly string[] }
  readonly ddl?: readonly string[]
  readonly query?: string
  readonly exprs?: readonly string[]
  readonly from?: string
  readonly sinks?: { readonly kafka?: readonly string[]; readonly postgres?: readonly string[] }
  readonly upsert_key?: readonly string[]
  readonly expected?: Expected
  readonly expected_error?: ExpectedError
}

const goldens = fileURLToPath(new URL('../../fixtures/goldens/', import.meta.url))

export function loadCases(): readonly RecordedCase[] {
  const areas = readdirSync(`${goldens}cases`).sort()
  return areas.flatMap((area) =>
    readdirSync(`${goldens}cases/${area}`)
      .sort()
      .map((file) => {
        const text = readFileSync(`${goldens}cases/${area}/${file}`, 'utf8')
        return { ...parseCase(text), id: `${area}/${file.replace(/\.yaml$/, '')}` }
      }),
  )
}

/** JSON without the blanks between its tokens. */
function compactJson(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, literal: string | undefined) => literal ?? '')
}

/** Keys and values of records as the text they were produced as, before YAML made numbers of them. */
function keepJsonText(document: Document, text: string): void {
  const inputs = document.get('inputs')
  if (!isSeq(inputs)) return
  for (const input of inputs.items) {
    const records = isMap(input) ? input.get('records') : undefined
    if (!isSeq(records)) continue
    for (const record of records.items) {
      if (!isMap(record)) continue
      for (const side of ['key', 'value']) {
        const node = record.get(side, true) as { range?: readonly [number, number, number] | null } | undefined
        if (node?.range == null || (isScalar(node) && (typeof node.value === 'string' || node.value === null))) continue
        record.set(side, compactJson(text.slice(node.range[0], node.range[1])))
      }
    }
  }
}

function parseCase(text: string): RecordedCase {
  const document = parseDocument(text)
  keepJsonText(document, text)
  return document.toJS() as RecordedCase
}

/** The records of an input, in the order produced. */
export function recordsOf(input: RecordedInput): readonly RecordedRecord[] {
  if (input.records_file === undefined) return input.records ?? []
  const lines = readFileSync(`${goldens}${input.records_file}`, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((value) => ({ value }))
}

export function encodeText(text: string | null | undefined): Buffer | null {
  return text === null || text === undefined ? null : Buffer.from(text)
}

/** The cases that are not covered yet, each with its reason. */
export function loadNotCovered(): Readonly<Record<string, string>> {
  return parse(readFileSync(new URL('not-covered.yaml', import.meta.url), 'utf8')) as Record<string, string>
}
