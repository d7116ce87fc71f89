// Every scalar function by its upper-case name.
import { collectionCatalog } from './collection-catalog.ts'
import type { FunctionDefinition } from './function-definition.ts'
import { numericCatalog } from './numeric-catalog.ts'
import { stringCatalog } from './string-catalog.ts'
import { temporalCatalog } from './temporal-catalog.ts'

const definitions: ReadonlyMap<string, FunctionDefinition> = new Map(
  [...stringCatalog, ...numericCatalog, ...temporalCatalog, ...collectionCatalog].map((each) => [each.name, each]),
)

/** Other spellings of the same function. */
const aliases: Readonly<Record<string, string>> = { CEILING: 'CEIL', UCASE: 'UPPER', LCASE: 'LOWER' }

/** The definition of a function of the catalogue, also of the operators that a name cannot call (`LIKE`, `ARRAY ITEM` …). */
export function findFunction(name: string): FunctionDefinition | undefined {
  return definitions.get(aliases[name] ?? name)
}

/** Names that can be called, for suggestions. */
export function functionNames(): string[] {
  return [...definitions.keys(), ...Object.keys(aliases)].filter((name) => !name.includes(' '))
}
