// The parser of topic-regex.ts: text → tree.

export type RegexNode =
  | { readonly kind: 'char'; readonly test: (code: number) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'either'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'word-boundary'; readonly expected: boolean }

type Test = (code: number) => boolean

const repetitionsMax = 1000
const nestingMax = 100

/** Throws an Error that says what is wrong with the expression. */
export function parseTopicRegex(regex: string): RegexNode {
  const parser = new Parser(regex)
  const node = parser.either(0)
  parser.expectEnd()
  return node
}

const escapes: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }
const posixClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  ascii: /\p{ASCII}/u,
  blank: /[\t ]/,
  cntrl: /\p{Cc}/u,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t\n\v\f\r ]/,
  upper: /[A-Z]/,
  word: /[0-9A-Za-z_]/,
  xdigit: /[0-9A-Fa-f]/,
}
const perlClasses: Readonly<Record<string, RegExp>> = { d: /[0-9]/, w: /[0-9A-Za-z_]/, s: /[\t\n\f\r ]/ }

const testOf = (pattern: RegExp, isWanted = true): Test => {
  return (code) => pattern.test(String.fromCodePoint(code)) === isWanted
}

class Parser {
  private readonly characters: readonly string[]
  private at = 0
  private ignoresCase = false

  constructor(regex: string) {
    this.characters = [...regex]
  }

  expectEnd(): void {
    if (this.at < this.characters.length) throw new Error('unexpected )')
  }

  either(depth: number): RegexNode {
    if (depth > nestingMax) throw new Error('expression nests too deeply')
    const parts = [this.sequence(depth)]
    while (this.take('|')) parts.push(this.sequence(depth))
    return parts.length === 1 ? parts[0]! : { kind: 'either', parts }
  }

  private sequence(depth: number): RegexNode {
    const parts: RegexNode[] = []
    for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek())
      parts.push(this.repeated(depth))
    return { kind: 'sequence', parts }
  }

  private repeated(depth: number): RegexNode {
    const part = this.single(depth)
    const bounds = this.quantifier()
    if (bounds === undefined) return part
    this.take('?')
    if (this.quantifier() !== undefined) throw new Error('invalid nested repetition operator')
    return { kind: 'repeat', part, ...bounds }
  }

  private quantifier(): { readonly min: number; readonly max: number } | undefined {
    if (this.take('*')) return { min: 0, max: Infinity }
    if (this.take('+')) return { min: 1, max: Infinity }
    if (this.take('?')) return { min: 0, max: 1 }
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.characters.slice(this.at, this.at + 20).join(''))
    if (counted === null) return undefined
    this.at += counted[0].length
    const min = Number(counted[1])
    const max = counted[2] === undefined ? min : counted[3] === '' ? Infinity : Number(counted[3])
    if (min > repetitionsMax || (max !== Infinity && max > repetitionsMax) || min > max)
      throw new Error(`invalid repeat count: ${counted[0]}`)
    return { min, max }
  }

  private single(depth: number): RegexNode {
    const character = this.next()
    switch (character) {
      case '.':
        return { kind: 'char', test: (code) => code !== 10 }
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '(':
        return this.group(depth)
      case '[':
        return this.characterClass()
      case '\\':
        return this.escape()
      case '*':
      case '+':
      case '?':
        throw new Error(`missing argument to repetition operator: ${character}`)
      default:
        return this.literal(character.codePointAt(0)!)
    }
  }

  private group(depth: number): RegexNode {
    const outerCase = this.ignoresCase
    if (this.take('?')) {
      const rest = this.characters.slice(this.at).join('')
      const name = /^P?<[A-Za-z0-9_]+>/.exec(rest)
      const flags = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest)
      if (name === null && (flags === null || flags[0] === ')'))
        throw new Error('invalid or unsupported Perl syntax: (?')
      this.at += (name ?? flags!)[0].length
      // Of the flags only i can matter: a topic name is one line, and it matches as a whole.
      if (flags?.[1]!.includes('i')) this.ignoresCase = true
      if (flags?.[2]?.includes('i')) this.ignoresCase = false
      // Without a part of its own a flag is for the rest of the group around it.
      if (flags?.[3] === ')') return { kind: 'sequence', parts: [] }
    }
    const node = this.either(depth + 1)
    if (!this.take(')')) throw new Error('missing closing )')
    this.ignoresCase = outerCase
    return node
  }

  private literal(code: number): RegexNode {
    return { kind: 'char', test: this.withCase((each) => each === code) }
  }

  private withCase(test: Test): Test {
    if (!this.ignoresCase) return test
    return (code) => {
      const character = String.fromCodePoint(code)
      return [character, character.toLowerCase(), character.toUpperCase()].some((each) => test(each.codePointAt(0)!))
    }
  }

  private escape(): RegexNode {
    const character = this.next()
    switch (character) {
      case 'A':
        return { kind: 'start' }
      case 'z':
        return { kind: 'end' }
      case 'b':
      case 'B':
        return { kind: 'word-boundary', expected: character === 'b' }
      case 'Q':
        return this.quoted()
    }
    const test = this.classEscape(character)
    return test === undefined ? this.literal(this.escapedCode(character)) : { kind: 'char', test: this.withCase(test) }
  }

  private quoted(): RegexNode {
    const parts: RegexNode[] = []
    while (this.at < this.characters.length && !(this.peek() === '\\' && this.characters[this.at + 1] === 'E'))
      parts.push(this.literal(this.next().codePointAt(0)!))
    this.at = Math.min(this.at + 2, this.characters.length)
    return { kind: 'sequence', parts }
  }

  /** \d, \W, \p{…}; undefined where the escape is none of these. */
  private classEscape(character: string): Test | undefined {
    const perl = perlClasses[character.toLowerCase()]
    if (perl !== undefined) return testOf(perl, character === character.toLowerCase())
    if (character !== 'p' && character !== 'P') return undefined
    let name = this.next()
    if (name === '{') for (name = ''; !this.take('}');) name += this.next()
    const isNegated = name.startsWith('^') !== (character === 'P')
    return testOf(unicodeClass(name.replace(/^\^/, '')), !isNegated)
  }

  private escapedCode(character: string): number {
    const known = Object.hasOwn(escapes, character) ? escapes[character] : undefined
    if (known !== undefined) return known
    if (character === 'x') {
      const hex = /^(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(this.characters.slice(this.at, this.at + 10).join(''))
      const code = hex === null ? NaN : parseInt(hex[1] ?? hex[2]!, 16)
      if (!(code <= 0x10ffff)) throw new Error('invalid escape sequence: \\x')
      this.at += hex![0].length
      return code
    }
    if (/[0-9A-Za-z]/.test(character)) throw new Error(`invalid escape sequence: \\${character}`)
    return character.codePointAt(0)!
  }

  private characterClass(): RegexNode {
    const isNegated = this.take('^')
    const tests: Test[] = []
    for (let isFirst = true; isFirst || this.peek() !== ']'; isFirst = false) tests.push(this.classPart())
    this.at++
    const test = this.withCase((code) => tests.some((each) => each(code)))
    return { kind: 'char', test: isNegated ? (code) => !test(code) : test }
  }

  private classPart(): Test {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.characters.slice(this.at, this.at + 12).join(''))
    if (posix !== null) {
      const known = Object.hasOwn(posixClasses, posix[2]!) ? posixClasses[posix[2]!] : undefined
      if (known === undefined) throw new Error(`invalid character class range: ${posix[0]}`)
      this.at += posix[0].length
      return testOf(known, posix[1] === '')
    }
    const first = this.classCharacter()
    if (typeof first !== 'number') return first
    if (this.peek() !== '-' || this.characters[this.at + 1] === ']') return (code) => code === first
    this.at++
    const last = this.classCharacter()
    if (typeof last !== 'number' || last < first) throw new Error('invalid character class range')
    return (code) => code >= first && code <= last
  }

  private classCharacter(): number | Test {
    if (this.peek() === undefined) throw new Error('missing closing ]')
    const character = this.next()
    if (character !== '\\') return character.codePointAt(0)!
    const escaped = this.next()
    return this.classEscape(escaped) ?? this.escapedCode(escaped)
  }

  private peek(): string | undefined {
    return this.characters[this.at]
  }

  private next(): string {
    const character = this.characters[this.at++]
    if (character === undefined) throw new Error('trailing backslash or missing end of a group or class')
    return character
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false
    this.at++
    return true
  }
}

/** A general category or a script, as RE2 names them. */
function unicodeClass(name: string): RegExp {
  for (const property of ['General_Category', 'Script'])
    try {
      return new RegExp(`\\p{${property}=${name}}`, 'u')
    } catch {
      continue
    }
  throw new Error(`invalid character class range: \\p{${name}}`)
}
