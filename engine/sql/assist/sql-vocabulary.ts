// The names that a statement can use, as completion asks for them: tables, columns, functions, options and settings.
import { connectorNames, knownOptions, type KnownOptions } from '../../connectors/known-options.ts'
import type { Options } from '../../connectors/connector-options.ts'
import type { CatalogManager } from '../catalog/catalog-manager.ts'
import { rowTypeOf, type CatalogObject } from '../catalog/catalog-object.ts'
import { configurationOptions } from '../session/configuration-options.ts'

export interface SqlVocabulary {
  /** Tables and views of a database: [], [database] or [catalog, database]. */
  tables(qualifier: readonly string[]): readonly { readonly name: string; readonly kind: CatalogObject['kind'] }[]
  catalogs(): readonly string[]
  databases(): readonly string[]
  /** Columns of a table or view by its written name; none where there is no such. */
  columnsOf(name: readonly string[]): readonly string[]
  /** WITH options of a table that is there. */
  tableOptions(name: readonly string[]): Options
  functions(): readonly string[]
  connectors(): readonly string[]
  /** Options of a table that is being written. */
  optionsFor(options: Options, columns: readonly string[]): KnownOptions | undefined
  settings(): readonly string[]
  /** What a setting can be set to, where it is one of a few. */
  settingValues(key: string): readonly string[]
}

/** What a catalog would refuse is not offered. */
function orNothing<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look()
  } catch {
    return []
  }
}

function find(catalog: CatalogManager, name: readonly string[]): CatalogObject | undefined {
  return orNothing(() => [catalog.find(name)?.object])[0]
}

export function sqlVocabulary(catalog: CatalogManager, functionNames: () => readonly string[]): SqlVocabulary {
  return {
    tables: (qualifier) =>
      orNothing(() => {
        const [first, second] = qualifier
        const inCatalog = second === undefined ? catalog.currentCatalog : first!
        const objects = catalog.objects(inCatalog, second ?? first ?? catalog.currentDatabase)
        return objects.map(([name, { kind }]) => ({ name, kind }))
      }),
    catalogs: () => catalog.catalogNames(),
    databases: () => orNothing(() => catalog.databaseNames()),
    columnsOf: (name) => {
      const object = find(catalog, name)
      return object === undefined ? [] : rowTypeOf(object).fields.map((field) => field.name)
    },
    tableOptions: (name) => {
      const object = find(catalog, name)
      return object?.kind === 'table' ? object.options : {}
    },
    functions: () => [...functionNames(), ...orNothing(() => catalog.userFunctionNames())],
    connectors: () => connectorNames,
    optionsFor: knownOptions,
    settings: () => Object.keys(configurationOptions).sort(),
    settingValues: (key) => {
      const type = configurationOptions[key]?.type
      return type === 'boolean' ? ['true', 'false'] : typeof type === 'object' ? type : []
    },
  }
}
