// A job that uses a name of flinkts and does not import it: JavaScript only says that the name is not defined, and where the
// call before it stands.
import { readFileSync } from 'node:fs'
import * as flinkts from '../../engine/index.ts'
import { FlinktsError, isFlinktsError, nearestName, type TextLocation } from '../../engine/host.ts'

/** The name in the text, at or after the place; else anywhere. */
function locate(name: string, near: TextLocation): TextLocation {
  let lines: string[]
  try {
    lines = readFileSync(near.file!, 'utf8').split('\n')
  } catch {
    return near
  }
  const word = new RegExp(`(?<![\\w$.'"\`])${name.replaceAll('$', '\\$')}(?![\\w$'"\`])`)
  for (let line = near.line; line <= lines.length; line++) {
    const from = line === near.line ? near.column - 1 : 0
    const at = lines[line - 1]!.slice(from).search(word)
    if (at >= 0) return { ...near, line, column: from + at + 1, length: name.length }
  }
  return near
}

function fixOf(name: string): string {
  if (Object.hasOwn(flinkts, name)) return `import it, at the top of the file: import { ${name} } from 'flinkts'`
  const near = nearestName(name, Object.keys(flinkts))
  if (near !== undefined) return `did you mean ${near}? It must be imported, too: import { ${near} } from 'flinkts'`
  return 'declare it, or import it'
}

/** BUNDLE_INVALID of a name that is not there says which import is missing, and points at the name; others stay as they are. */
export function explainMissingImport(error: unknown): unknown {
  if (!isFlinktsError(error) || !(error.cause instanceof Error)) return error
  const { code, message, location, cause } = error
  const name = cause.name === 'ReferenceError' ? /^(\S+) is not defined$/.exec(cause.message)?.[1] : undefined
  if (code !== 'BUNDLE_INVALID' || name === undefined) return error
  const place = location?.file === undefined ? location : locate(name, location)
  return new FlinktsError(code, message, { location: place, fix: fixOf(name), cause })
}
