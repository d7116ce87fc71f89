// REGEXP and its kin. An invalid pattern gives NULL (REGEXP: FALSE), as in Flink.
import { rememberLast, type ScalarFunctions } from './function-context.ts'
import { compileJavaPattern, compileLike, compileSimilar } from './java-regular-expression.ts'

/** The pattern compiled; null where it is none. Groups are counted by matching it with an alternative that is empty. */
interface Compiled {
  readonly pattern: RegExp
  readonly groupCount: number
}

function compiler(): (pattern: string) => Compiled | null {
  return rememberLast((source: string) => {
    try {
      const pattern = compileJavaPattern(source, 'g')
      const groupCount = new RegExp(`${pattern.source}|`, pattern.flags).exec('')!.length - 1
      return { pattern, groupCount }
    } catch (error) {
      if (error instanceof SyntaxError) return null
      throw error
    }
  })
}

function first(pattern: RegExp, text: string): RegExpExecArray | null {
  pattern.lastIndex = 0
  return pattern.exec(text)
}

/** LIKE and SIMILAR TO: pattern and escape are nearly always literals, so both are remembered. */
function matcher(
  compile: (pattern: string, escape: string | undefined) => (text: string) => boolean,
): (text: string, pattern: string, escape?: string) => boolean {
  let lastEscape: string | undefined
  let remembered = rememberLast((pattern: string) => compile(pattern, undefined))
  return (text, pattern, escape) => {
    if (escape !== lastEscape) {
      lastEscape = escape
      remembered = rememberLast((next: string) => compile(next, escape))
    }
    return remembered(pattern)(text)
  }
}

export const regularExpressionFunctions: ScalarFunctions = {
  like: () => matcher(compileLike),
  similar: () => matcher(compileSimilar),
  regexp: () => {
    const compile = compiler()
    return (text: string, source: string) => {
      const compiled = source === '' ? null : compile(source)
      return compiled !== null && first(compiled.pattern, text) !== null
    }
  },
  regexpExtract: () => {
    const compile = compiler()
    return (text: string, source: string, group: number | bigint = 0) => {
      const compiled = compile(source)
      if (compiled === null || group < 0 || group > compiled.groupCount) return null
      return first(compiled.pattern, text)?.[Number(group)] ?? null
    }
  },
  regexpExtractAll: () => {
    const compile = compiler()
    return (text: string, source: string, group: number | bigint = 1) => {
      const compiled = compile(source)
      if (compiled === null || group < 0 || group > compiled.groupCount) return null
      return [...text.matchAll(compiled.pattern)].map((match) => match[Number(group)] ?? null)
    }
  },
  regexpReplace: () => {
    const compile = compiler()
    return (text: string, source: string, replacement: string) => {
      const compiled = compile(source)
      return compiled === null ? null : text.replace(compiled.pattern, () => replacement)
    }
  },
  regexpCount: () => {
    const compile = compiler()
    return (text: string, source: string) => {
      const compiled = compile(source)
      return compiled === null ? null : [...text.matchAll(compiled.pattern)].length
    }
  },
  regexpInstr: () => {
    const compile = compiler()
    return (text: string, source: string) => {
      const compiled = compile(source)
      if (compiled === null) return null
      return (first(compiled.pattern, text)?.index ?? -1) + 1
    }
  },
  regexpSubstr: () => {
    const compile = compiler()
    return (text: string, source: string) => {
      const compiled = compile(source)
      return compiled === null ? null : (first(compiled.pattern, text)?.[0] ?? null)
    }
  },
  strToMap: () => {
    const compilePair = rememberLast((source: string) => compileJavaPattern(source))
    const compileKey = rememberLast((source: string) => compileJavaPattern(source))
    return (text: string, pairSeparator = ',', keySeparator = '=') => {
      const result = new Map<string, string | null>()
      if (text === '') return result
      for (const pair of text.split(compilePair(pairSeparator))) {
        const match = compileKey(keySeparator).exec(pair)
        if (match === null) result.set(pair, null)
        else result.set(pair.slice(0, match.index), pair.slice(match.index + match[0].length))
      }
      return result
    }
  },
}
