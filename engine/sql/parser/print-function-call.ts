import type { FunctionArgumentNode, FunctionCall } from '../ast/query.ts'
import { bareFunctionNames, reservedFunctionNames, reservedWords } from './keywords.ts'
import { printAggregateClauses, printOrderBy } from './print-window.ts'
import { join, type Printer } from './printer.ts'

type PrintArgument = (argument: FunctionArgumentNode) => string

/** Words between the operands of the calls that have such: each list of separators has one less than operands. */
const separated: ReadonlyMap<string, readonly string[]> = new Map([
  ['POSITION', [' IN ', ' FROM ']],
  ['OVERLAY', [' PLACING ', ' FROM ', ' FOR ']],
  ['EXTRACT', [' FROM ']],
])
/** `SUBSTRING` and `TRANSLATE` have a form with commas. */
const otherSpecialNames: ReadonlySet<string> = new Set(['SUBSTRING', 'TRANSLATE', 'CEIL'])
const matchFunctions: ReadonlySet<string> = new Set(['PREV', 'NEXT', 'CLASSIFIER', 'MATCH_NUMBER'])

export function printFunctionCall(printer: Printer, call: FunctionCall, printArgument: PrintArgument): string {
  const name = printFunctionName(printer, call)
  if (call.bare) return name
  const order = call.withinGroup ? undefined : printOrderBy(printer, call.orderBy)
  return join(
    `${name}(${join(call.quantifier, printArguments(name, call, printArgument), order)})`,
    printAggregateClauses(printer, call),
  )
}

/** Built-in functions, whose names have no case, in upper case; names that are no plain words in back-quotes. */
function printFunctionName(printer: Printer, { name, bare }: FunctionCall): string {
  const upper = name.parts[0]!.name.toUpperCase()
  const plain = name.parts.length === 1 && /^[A-Z_][A-Z0-9_]*$/.test(upper)
  if (!plain) return printer.name(name)
  const callable =
    !reservedWords.has(upper) ||
    reservedFunctionNames.has(upper) ||
    separated.has(upper) ||
    otherSpecialNames.has(upper) ||
    matchFunctions.has(upper) ||
    (bare && bareFunctionNames.has(upper))
  return callable ? upper : printer.name(name)
}

function printArguments(name: string, call: FunctionCall, printArgument: PrintArgument): string {
  const texts = call.arguments.map(printArgument)
  const separators = separated.get(name)
  if (separators !== undefined)
    return texts.reduce((text, argument, index) => text + (separators[index - 1] ?? ', ') + argument)
  // FLOOR(x TO DAY): of the calls with a unit, the only ones that have it last.
  if (texts.length === 2 && call.arguments[1]!.kind === 'TimeUnitArgument') return texts.join(' TO ')
  return texts.join(', ')
}
