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

const ALIAS_FIX = "mend the YAML: an item of a list begins with `- `; a value that begins with * needs quotes: '*'"
/** What was probably forgotten, by what the parser stumbled over. */
const SYNTAX_FIXES: Readonly<Record<string, string>> = {
  MISSING_CHAR:
    'mend the YAML: a name and its value are written `name: value`; brackets and quotes are closed on the line where they open',
  BAD_ALIAS: ALIAS_FIX,
}

/** An alias without its anchor is found only here. */
function valuesOf(document: Document, name: string): unknown {
  try {
    return document.toJS() ?? {}
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', (cause as Error).message, {
      location: { file: name, line: 1, column: 1 },
      fix: ALIAS_FIX,
    })
  }
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
      fix: SYNTAX_FIXES[syntax.code] ?? 'mend the YAML and run the command again',
    })
  }
  return {
    name,
    values: valuesOf(document, name),
    locate(path) {
      const position = lines.linePos(offsetOf(document, path))
      return { file: name, line: position.line, column: position.col }
    },
  }
}
