// What Tab offers at a place in SQL text that is being typed. Pure: the names come from a vocabulary.
import { quoteIdentifier, quoteString } from '../parser/printer.ts'
import { reservedWords } from '../parser/keywords.ts'
import {
  definitionWords,
  followingWords,
  queryWords,
  statementWords,
  tableWords,
  typeWords,
  windowColumns,
  windowFunctionWords,
} from './completion-words.ts'
import type { SqlVocabulary } from './sql-vocabulary.ts'
import {
  commonTables,
  declaredColumns,
  nameAt,
  openParenthesis,
  optionListAt,
  referencedTables,
  statementParts,
  type OptionList,
  type OutlinePart,
} from './statement-outline.ts'

export interface Candidate {
  /** What takes the place of the typed text. */
  readonly text: string
  /** What a list of candidates shows. */
  readonly label: string
}

export interface Completion {
  /** The typed text that a candidate replaces: [start, end). */
  readonly start: number
  readonly end: number
  /** All begin with the typed text, letters of either case; without doubles. */
  readonly candidates: readonly Candidate[]
}

/** The place in the statement. */
interface Place {
  readonly parts: readonly OutlinePart[]
  /** The parts before the typed one. */
  readonly before: readonly OutlinePart[]
  readonly typed: string
  /** `a.b.` before the typed name. */
  readonly qualifier: readonly string[]
  readonly vocabulary: SqlVocabulary
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** As it must be written: in back-quotes where it is a word of SQL. */
const written = (name: string): string =>
  PLAIN_NAME.test(name) && !reservedWords.has(name.toUpperCase()) ? name : quoteIdentifier(name)

const named = (name: string): Candidate => ({ text: written(name), label: name })
const ending = (text: string, end: string): Candidate => ({ text: text + end, label: text })

// ---- options and settings ---------------------------------------------------------------------------------------------

function optionCandidates({ parts, vocabulary }: Place, list: OptionList): Candidate[] {
  const key = (name: string): Candidate => ({ text: `${quoteString(name)} = '`, label: name })
  const value = (text: string): Candidate => ({ text: quoteString(text), label: text })
  if (list.of === 'OTHER') return []
  if (list.of === 'CREATE CATALOG') return list.key === undefined ? [key('type')] : [value('generic_in_memory')]
  if (list.key === 'connector') return vocabulary.connectors().map(value)
  const table = referencedTables(parts).at(-1)?.name ?? []
  const isNew = list.of === 'CREATE TABLE'
  const options = isNew ? list.options : { ...vocabulary.tableOptions(table), ...list.options }
  const known = vocabulary.optionsFor(options, isNew ? declaredColumns(parts) : vocabulary.columnsOf(table))
  if (list.key !== undefined) return (known?.choices[list.key] ?? []).map(value)
  const keys = [...(isNew && options['connector'] === undefined ? ['connector'] : []), ...(known?.keys ?? [])]
  return keys.filter((name) => !(name in list.options)).map(key)
}

/** Of SET and RESET; keys may be written without quotes. */
function settingCompletion(text: string, { before, vocabulary }: Place, cursor: number): Completion | undefined {
  const verb = before[0]?.value
  if (verb !== 'SET' && verb !== 'RESET') return undefined
  const typed = /^(\s*'?)([^\s'=]*)$/.exec(text.slice(before[0]!.end, cursor))
  if (typed !== null) {
    const end = verb === 'SET' ? ` = '` : ''
    const keys = vocabulary.settings().map((key) => ({ text: quoteString(key) + end, label: key }))
    return chosen(keys, `'${typed[2]!}`, cursor - typed[2]!.length - (typed[1]!.endsWith("'") ? 1 : 0), cursor)
  }
  const value = /^\s*'?([^\s'=]+)'?\s*=\s*('?)([^\s';]*)$/.exec(text.slice(before[0]!.end, cursor))
  if (value === null || verb === 'RESET') return undefined
  const values = vocabulary.settingValues(value[1]!).map((each) => ({ text: quoteString(each), label: each }))
  return chosen(values, `'${value[3]!}`, cursor - value[2]!.length - value[3]!.length, cursor)
}

// ---- names and words --------------------------------------------------------------------------------------------------

/** Those that begin as the typed text does. */
function chosen(candidates: readonly Candidate[], typed: string, start: number, end: number): Completion {
  const bare = typed.startsWith('`') ? typed.slice(1) : undefined
  const fits = ({ text, label }: Candidate): boolean =>
    bare === undefined
      ? text.toLowerCase().startsWith(typed.toLowerCase())
      : text === written(label) && label.toLowerCase().startsWith(bare.toLowerCase())
  const quoted = ({ label }: Candidate): Candidate => ({ text: quoteIdentifier(label), label })
  const found = new Map(
    candidates.filter(fits).map((each) => [each.text, bare === undefined ? each : quoted(each)] as const),
  )
  return { start, end, candidates: [...found.values()] }
}

function tableCandidates({ parts, qualifier, vocabulary }: Place): Candidate[] {
  const own = qualifier.length === 0 ? commonTables(parts) : []
  return [...own, ...vocabulary.tables(qualifier).map(({ name }) => name)].map(named)
}

/** Columns of the tables that the statement names; with `alias.` before the typed name, of that one. */
function columnCandidates({ parts, qualifier, vocabulary }: Place): Candidate[] {
  const tables = referencedTables(parts)
  const wanted = qualifier.at(-1)
  const isWanted = ({ name, alias }: (typeof tables)[number]): boolean =>
    wanted === undefined || alias === wanted || name.at(-1) === wanted
  const columns = tables.filter(isWanted).flatMap(({ name }) => vocabulary.columnsOf(name))
  const isWindowed = parts.some(({ value }) => windowFunctionWords.some((word) => word === value.toUpperCase()))
  return [...columns, ...(isWindowed ? windowColumns : [])].map(named)
}

/** Words of the language as the user writes them: in small letters where he does. */
function wordCandidates(words: readonly string[], { parts, typed }: Place, text: string): Candidate[] {
  const sample = typed === '' ? parts.find(({ kind }) => kind === 'keyword') : undefined
  const shown = sample === undefined ? typed : text.slice(sample.start, sample.end)
  const isSmall = shown !== '' && shown === shown.toLowerCase()
  return words.map((word) => ending(isSmall ? word.toLowerCase() : word, ' '))
}

function functionCandidates({ typed, vocabulary }: Place): Candidate[] {
  if (typed === '') return [] // there are hundreds
  const isSmall = typed === typed.toLowerCase()
  return vocabulary.functions().map((name) => {
    const shown = isSmall ? name.toLowerCase() : name.toUpperCase()
    return { text: `${shown}(`, label: `${shown}()` }
  })
}

/** `INSERT INTO table (`. */
function isInsertColumns(before: readonly OutlinePart[]): boolean {
  const open = openParenthesis(before)
  const into = before.findIndex(({ value }) => value === 'INTO' || value === 'OVERWRITE')
  return open > 0 && into >= 0 && nameAt(before, into + 1).next === open
}

function candidatesAt(place: Place, text: string): Candidate[] {
  const { parts, before, qualifier } = place
  const last = before.at(-1)
  const word = last?.kind === 'keyword' ? last.value : undefined
  const words = (list: readonly string[]): Candidate[] => wordCandidates(list, place, text)
  if (before.length === 0 && qualifier.length === 0) return words(statementWords)
  const start = parts[0]!.value
  if (start === 'USE') {
    if (word === 'CATALOG') return place.vocabulary.catalogs().map(named)
    return [...words(['CATALOG']), ...place.vocabulary.databases().map(named)]
  }
  const isNamed = start === 'CREATE' && before.length < 5 && (word === 'TABLE' || word === 'VIEW')
  if (isNamed) return words(['IF NOT EXISTS'])
  if (word !== undefined && tableWords.has(word) && !(word === 'LIKE' && start !== 'CREATE'))
    return [
      ...tableCandidates(place),
      ...(word === 'FROM' && qualifier.length === 0 ? words(['TABLE', 'LATERAL TABLE']) : []),
    ]
  const following = word === undefined ? undefined : followingWords[word]
  if (following !== undefined && qualifier.length === 0) return words(following)
  if (isInsertColumns(before)) return columnCandidates(place)
  const isTableFunction = last?.value === '(' && before.at(-2)?.value === 'TABLE'
  if (isTableFunction) return windowFunctionWords.map((name) => ending(name, '('))
  const isFrom = before.findLast(({ kind, value }) => kind === 'keyword' && value !== 'AS')?.value === 'FROM'
  if (last?.value === ',' && isFrom && openParenthesis(before) < 0) return tableCandidates(place)
  if (qualifier.length > 0) return columnCandidates(place)
  const isDefinition = start === 'CREATE' && !parts.some(({ value }) => value === 'SELECT')
  const columns = isDefinition ? declaredColumns(parts).map(named) : columnCandidates(place)
  if (isDefinition) return [...columns, ...words(typeWords), ...words(definitionWords), ...functionCandidates(place)]
  return [...columns, ...words(queryWords), ...functionCandidates(place)]
}

/** The names with dots that end before `index`. */
function qualifierBefore(parts: readonly OutlinePart[], index: number): { qualifier: string[]; first: number } {
  const qualifier: string[] = []
  let first = index
  while (parts[first - 1]?.value === '.' && /^(word|identifier)$/.test(parts[first - 2]?.kind ?? '')) {
    qualifier.unshift(parts[first - 2]!.value)
    first -= 2
  }
  return { qualifier, first }
}

/** What fits at `cursor`. */
export function completeSql(text: string, cursor: number, vocabulary: SqlVocabulary): Completion {
  const parts = statementParts(text, cursor)
  const index = parts.findIndex(({ start, end, isClosed, kind }) => {
    const isInside = start < cursor && (cursor < end || (cursor === end && !(kind === 'string' && isClosed)))
    return isInside && kind !== 'symbol' && kind !== 'number'
  })
  const at = index < 0 ? parts.filter(({ start }) => start < cursor).length : index
  const current = index < 0 ? undefined : parts[index]
  const { qualifier, first } = qualifierBefore(parts, at)
  const start = current?.start ?? cursor
  const typed = text.slice(start, cursor)
  const place: Place = { parts, before: parts.slice(0, first), typed, qualifier, vocabulary }
  const setting = settingCompletion(text, place, cursor)
  if (setting !== undefined) return setting
  const list = optionListAt(parts, place.before)
  const isString = current?.kind === 'string'
  if (list !== undefined && (isString || typed === '')) {
    const isDone = current?.isClosed === true
    return chosen(optionCandidates(place, list), typed, start, isDone ? current.end : cursor)
  }
  if (isString) return { start, end: cursor, candidates: [] }
  return chosen(candidatesAt(place, text), typed, start, cursor)
}

/** The text that all candidates begin with, letters of either case; it is at least as long as the typed one. */
export function commonStart(candidates: readonly Candidate[]): string {
  const [first = '', ...others] = candidates.map(({ text }) => text)
  let length = first.length
  for (const other of others) {
    while (!other.toLowerCase().startsWith(first.slice(0, length).toLowerCase())) length--
  }
  return first.slice(0, length)
}
