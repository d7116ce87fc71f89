// Java's regular expressions, and SQL's LIKE and SIMILAR TO, as JavaScript's.
import { fail } from './evaluation-error.ts'

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: ' \\t\\n\\x0b\\f\\r',
}

const SINGLE_ESCAPES: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '(?=\\n?$)',
  a: '\\x07',
  e: '\\x1b',
  R: '(?:\\r\\n|[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])',
}

const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  h: ' \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000',
}

interface Translation {
  source: string
  flags: Set<string>
  index: number
  inClass: boolean
  /** The last element was a quantifier: a `+` now makes it possessive. */
  afterQuantifier: boolean
}

function unsupported(pattern: string, what: string): never {
  return fail(`The regular expression '${pattern}' uses ${what}, which flinkts does not support.`)
}

function quoteLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** The escape at `pattern[index] === '\\'`. */
function translateEscape(pattern: string, state: Translation): void {
  const next = pattern[state.index + 1]
  if (next === undefined) throw new SyntaxError('\\ at end of pattern')
  if (next === 'Q') {
    const end = pattern.indexOf('\\E', state.index + 2)
    const stop = end < 0 ? pattern.length : end
    state.source += quoteLiteral(pattern.slice(state.index + 2, stop))
    state.index = end < 0 ? stop : end + 2
    return
  }
  if (next === 'p' || next === 'P') {
    const match = /^\{(?:Is|java)?(\w+)\}|^(\w)/.exec(pattern.slice(state.index + 2))
    if (match === null) throw new SyntaxError('unknown property')
    const name = match[1] ?? match[2]!
    const posix = POSIX_CLASSES[name]
    if (posix === undefined) {
      state.flags.add('u')
      state.source += `\\${next}{${name === 'Alphabetic' || name.length <= 2 ? name : `Script=${name}`}}`
    } else if (state.inClass) state.source += posix
    else state.source += `[${next === 'P' ? '^' : ''}${posix}]`
    state.index += 2 + match[0].length
    return
  }
  if (next === 'G' || next === 'X') unsupported(pattern, `\\${next}`)
  const classEscape = CLASS_ESCAPES[next]
  if (classEscape !== undefined) state.source += state.inClass ? classEscape : `[${classEscape}]`
  else if (!state.inClass && SINGLE_ESCAPES[next] !== undefined) state.source += SINGLE_ESCAPES[next]
  else state.source += `\\${next}`
  state.index += 2
}

function translateGroupStart(pattern: string, state: Translation): void {
  const rest = pattern.slice(state.index)
  if (rest.startsWith('(?>')) unsupported(pattern, 'an atomic group (?>…)')
  const flags = /^\(\?([a-zA-Z]+)\)/.exec(rest)
  if (flags === null) {
    if (/^\(\?[a-zA-Z-]+[:)]/.test(rest) && !rest.startsWith('(?:')) unsupported(pattern, 'flags for a part')
    state.source += '('
    state.index++
    return
  }
  if (state.source !== '') unsupported(pattern, 'flags after the beginning')
  for (const flag of flags[1]!) {
    if (!'imsu'.includes(flag)) unsupported(pattern, `the flag ${flag}`)
    state.flags.add(flag === 'u' ? 'i' : flag)
  }
  state.index += flags[0].length
}

function translateClassCharacter(pattern: string, state: Translation): void {
  const char = pattern[state.index]!
  if (char === '[') unsupported(pattern, 'a nested character class')
  if (pattern.startsWith('&&', state.index)) unsupported(pattern, 'an intersection of character classes')
  if (char === ']') state.inClass = false
  state.source += char
  state.index++
}

function translateCharacter(pattern: string, state: Translation): void {
  const char = pattern[state.index]!
  const isAfterQuantifier = state.afterQuantifier
  state.afterQuantifier = false
  if (char === '\\') return translateEscape(pattern, state)
  if (state.inClass) return translateClassCharacter(pattern, state)
  if (char === '(') return translateGroupStart(pattern, state)
  if (char === '[') {
    state.inClass = true
    const negated = pattern[state.index + 1] === '^'
    state.source += negated ? '[^' : '['
    state.index += negated ? 2 : 1
    if (pattern[state.index] === ']') {
      // Java reads a bracket in the first place literally
      state.source += '\\]'
      state.index++
    }
    return
  }
  const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(pattern.slice(state.index))
  if (quantifier !== null) {
    if (char === '+' && isAfterQuantifier) unsupported(pattern, 'a possessive quantifier')
    state.source += quantifier[0]
    state.index += quantifier[0].length
    state.afterQuantifier = true
    return
  }
  state.source += char === '$' && !state.flags.has('m') ? '(?=\\n?$)' : char
  state.index++
}

/** The JavaScript regular expression of a Java pattern. Throws SyntaxError where Java throws PatternSyntaxException. */
export function compileJavaPattern(pattern: string, flags: '' | 'g' = ''): RegExp {
  const state: Translation = { source: '', flags: new Set(flags), index: 0, inClass: false, afterQuantifier: false }
  while (state.index < pattern.length) translateCharacter(pattern, state)
  return new RegExp(state.source, [...state.flags].join(''))
}

/** A predicate for LIKE. The usual shapes (abc%, %abc, %abc%, abc) need no regular expression. */
export function compileLike(pattern: string, escape: string | undefined): (text: string) => boolean {
  if (escape !== undefined && [...escape].length !== 1) fail(`Invalid escape character '${escape}'`)
  const parts: string[] = []
  let source = ''
  let literal = ''
  let wildcards = ''
  const flush = (): void => {
    source += quoteLiteral(literal)
    parts.push(literal)
    literal = ''
  }
  const points = [...pattern]
  for (let index = 0; index < points.length; index++) {
    const point = points[index]!
    if (point === escape) {
      const next = points[++index]
      if (next !== '%' && next !== '_' && next !== escape) fail(`Invalid escape sequence '${pattern}', ${index - 1}`)
      literal += next
    } else if (point === '%' || point === '_') {
      flush()
      source += point === '%' ? '[^]*' : '[^]'
      wildcards += point
    } else literal += point
  }
  flush()
  const [first = '', second = '', third = ''] = parts
  if (wildcards === '') return (text) => text === first
  if (wildcards === '%' && second === '') return (text) => text.startsWith(first)
  if (wildcards === '%' && first === '') return (text) => text.endsWith(second)
  if (wildcards === '%%' && first === '' && third === '') return (text) => text.includes(second)
  const compiled = new RegExp(`^${source}$`, 'u')
  return (text) => compiled.test(text)
}

/** A predicate for SIMILAR TO: `%` and `_` as in LIKE, the rest a regular expression over the whole text. */
export function compileSimilar(pattern: string, escape: string | undefined): (text: string) => boolean {
  let source = ''
  let inClass = false
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index]!
    if (char === escape)
      source += quoteLiteral(pattern[++index] ?? fail(`Invalid escape sequence '${pattern}', ${index - 1}`))
    else if (inClass) {
      const named = /^\[:(\w+):\]/.exec(pattern.slice(index))
      if (named !== null) {
        const name = named[1]!.toLowerCase()
        source +=
          POSIX_CLASSES[name[0]!.toUpperCase() + name.slice(1)] ?? fail(`Invalid regular expression '${pattern}'`)
        index += named[0].length - 1
        continue
      }
      if (char === ']') inClass = false
      source += char === '\\' ? '\\\\' : char
    } else if (char === '[') {
      inClass = true
      source += '['
    } else if (char === '%') source += '[^]*'
    else if (char === '_') source += '[^]'
    else if (/[.^$\\]/.test(char)) source += `\\${char}`
    else source += char
  }
  let compiled: RegExp
  try {
    compiled = new RegExp(`^(?:${source})$`)
  } catch {
    return fail(`Invalid regular expression '${pattern}'`)
  }
  return (text) => compiled.test(text)
}
