// The text of a flinkts.yaml as plain values, and where each of them stands.
import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument, type Document } from 'yaml'
import { ConfigError, type ConfigErrorLocation } from './config-error.ts'

export interface ConfigFile {
  readonly name: string
  readonly values: unknown
  /** Where the deepest key of `path` that the file has stands. */
  locate(path: readonly PropertyKey[]): ConfigErrorLocation
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let offset = 0
  let node: unknown = document.contents
  for (const step of path) {
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      : undefined
    const item = pair === undefined && isSeq(node) ? node.items[Number(step)] : pair?.key
    if (!isNode(item)) break
    offset = item.range?.[0] ?? offset
    node = pair === undefined ? item : pair.value
  }
  return offset
}

/** Throws CONFIG_INVALID with line and column where it is not YAML. */
export function parseConfigFile(text: string, name: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [syntax] = document.errors
  if (syntax !== undefined) {
    const position = syntax.linePos?.[0] ?? { line: 1, col: 1 }
    throw new ConfigError('CONFIG_INVALID', syntax.message.split('\n')[0]!.replace(/ at line .*$/, ''), {
      location: { file: name, line: position.line, column: position.col },
      fix: 'mend the YAML and run the command again',
    })
  }
  return {
    name,
    values: document.toJS() ?? {},
    locate(path) {
      const position = lines.linePos(offsetOf(document, path))
      return { file: name, line: position.line, column: position.col }
    },
  }
}
