// SQL text as it is being typed, cut into parts for colours and completion: nothing is refused, what is not closed goes to
// the end of the text.
import { reservedWords } from '../parser/keywords.ts'
import { typeWords } from './completion-words.ts'

export interface SqlPart {
  /** word: any other name; identifier: one in back-quotes; symbol: one character. */
  readonly kind: 'keyword' | 'word' | 'identifier' | 'string' | 'number' | 'comment' | 'symbol'
  readonly start: number
  readonly end: number
  /** False for a string, a quoted identifier or a comment that has no end yet. */
  readonly isClosed: boolean
}

const part =
  /(?<comment>(?:--|\/\/)[^\r\n]*|\/\*(?!\+)[\s\S]*?(?<commentEnd>\*\/|$))|(?<string>'(?:[^']|'')*(?<stringEnd>'?))|(?<identifier>`(?:[^`]|``)*(?<identifierEnd>`?))|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?<word>[\p{L}_$][\p{L}\p{N}\p{M}_$]*)|\S/gu

/** Words that are no reserved ones and still part of the language. */
const otherKeywords = new Set(
  'CATALOG CHANGELOG_MODE DATABASE DESC ENFORCED ESTIMATED_COST EXTENDED IF JARS JOB JOBS KEY LAST FIRST OPTIONS OVERWRITE PLAN REPLACE STATEMENT STOP TEMPORARY VIEW'.split(
    ' ',
  ),
)

/** Whether the word is coloured as one of the language. */
const isKeyword = (word: string): boolean => {
  const upper = word.toUpperCase()
  return reservedWords.has(upper) || otherKeywords.has(upper) || typeWords.includes(upper)
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): SqlPart['kind'] {
  const { comment, string, identifier, number, word } = groups
  if (comment !== undefined) return 'comment'
  if (string !== undefined) return 'string'
  if (identifier !== undefined) return 'identifier'
  if (number !== undefined) return 'number'
  if (word === undefined) return 'symbol'
  return isKeyword(word) ? 'keyword' : 'word'
}

/** Every part from left to right; what lies between is blank. */
export function scanSql(text: string): SqlPart[] {
  return [...text.matchAll(part)].map((match) => {
    const groups = match.groups!
    const closings = [groups['commentEnd'], groups['stringEnd'], groups['identifierEnd']]
    return {
      kind: kindOf(groups),
      start: match.index,
      end: match.index + match[0].length,
      isClosed: closings.every((closing) => closing !== ''),
    }
  })
}
