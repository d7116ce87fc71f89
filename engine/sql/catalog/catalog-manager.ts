// The catalogs of a session: databases, tables, views and functions, permanent or temporary, all in memory. Source: Flink's
// CatalogManager and GenericInMemoryCatalog. A temporary object hides the permanent one of its name; it needs no database.
import { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import { quoteIdentifier } from '../parser/printer.ts'
import type { CatalogObject } from './catalog-object.ts'

export interface ObjectPath {
  readonly catalog: string
  readonly database: string
  readonly name: string
}
export interface FoundObject {
  /** catalog, database, name */
  readonly path: readonly [string, string, string]
  readonly object: CatalogObject
  readonly temporary: boolean
}
export interface Database {
  readonly comment: string | undefined
  readonly options: Readonly<Record<string, string>>
}
interface DatabaseContent {
  description: Database
  readonly objects: Map<string, CatalogObject>
  readonly functions: Map<string, string>
}
interface Catalog {
  readonly comment: string | undefined
  readonly options: Readonly<Record<string, string>>
  readonly databases: Map<string, DatabaseContent>
}

export const DEFAULT_CATALOG = 'default_catalog'
export const DEFAULT_DATABASE = 'default_database'

const asText = ({ catalog, database, name }: ObjectPath): string => `${catalog}.${database}.${name}`
export const quotePath = ({ catalog, database, name }: ObjectPath): string =>
  [catalog, database, name].map(quoteIdentifier).join('.')

function invalid(message: string, fix?: string): FlinktsError {
  return new FlinktsError('SQL_VALIDATION', message, { fix })
}

function suggest(name: string, names: Iterable<string>): string | undefined {
  const near = nearestName(name, names)
  return near === undefined ? undefined : `Did you mean '${near}'?`
}

export class CatalogManager {
  private readonly catalogs = new Map<string, Catalog>()
  private readonly temporary = new Map<string, { readonly path: ObjectPath; object: CatalogObject }>()
  private readonly temporaryFunctions = new Map<string, string>()
  private current: { catalog: string; database: string }

  constructor() {
    this.catalogs.set(DEFAULT_CATALOG, { comment: undefined, options: {}, databases: new Map() })
    this.createDatabase(DEFAULT_CATALOG, DEFAULT_DATABASE, { comment: undefined, options: {} }, false)
    this.current = { catalog: DEFAULT_CATALOG, database: DEFAULT_DATABASE }
  }

  // ---- names ------------------------------------------------------------------------------------------------------

  get currentCatalog(): string {
    return this.current.catalog
  }

  get currentDatabase(): string {
    return this.current.database
  }

  /** One to three parts, completed with the current catalog and database, or with those given. */
  pathOf(parts: readonly string[], catalog = this.currentCatalog, database = this.currentDatabase): ObjectPath {
    if (parts.length > 3) throw invalid(`'${parts.join('.')}' has too many parts.`, 'Write catalog.database.table.')
    const name = parts.at(-1)!
    return { catalog: parts.at(-3) ?? catalog, database: parts.at(-2) ?? database, name }
  }

  /** The object of a written name, or undefined. @throws SQL_VALIDATION for a table that cannot be used */
  find(parts: readonly string[], catalog?: string, database?: string): FoundObject | undefined {
    if (parts.length > 3) return undefined
    const path = this.pathOf(parts, catalog, database)
    const temporary = this.temporary.get(asText(path))?.object
    const object = temporary ?? this.catalogs.get(path.catalog)?.databases.get(path.database)?.objects.get(path.name)
    if (object === undefined) return undefined
    if (object.kind === 'table' && object.deferredError !== undefined) throw object.deferredError
    return { path: [path.catalog, path.database, path.name], object, temporary: temporary !== undefined }
  }

  /** Tables and views of a database, temporary ones too, sorted. Default: the current one. */
  names(catalog = this.currentCatalog, database = this.currentDatabase): string[] {
    return this.objects(catalog, database).map(([name]) => name)
  }

  objects(catalog: string, database: string): [name: string, object: CatalogObject][] {
    const all = new Map(this.database(catalog, database).objects)
    for (const { path, object } of this.temporary.values()) {
      if (path.catalog === catalog && path.database === database) all.set(path.name, object)
    }
    return [...all].sort(([left], [right]) => (left < right ? -1 : 1))
  }

  // ---- catalogs and databases ---------------------------------------------------------------------------------------

  catalogNames(): string[] {
    return [...this.catalogs.keys()].sort()
  }

  /** Only `generic_in_memory` can be had. */
  createCatalog(name: string, description: Database, ifNotExists: boolean): void {
    if (this.catalogs.has(name)) {
      if (ifNotExists) return
      throw invalid(`Catalog ${name} already exists.`)
    }
    const { type } = description.options
    if (type !== 'generic_in_memory') {
      throw new FlinktsError(
        'SQL_UNSUPPORTED',
        type === undefined
          ? "The option 'type' of the catalog is missing."
          : `Catalogs of type '${type}' are not supported.`,
        {
          fix: "Use 'type' = 'generic_in_memory'.",
        },
      )
    }
    this.catalogs.set(name, { ...description, databases: new Map() })
    this.createDatabase(
      name,
      description.options['default-database'] ?? 'default',
      { comment: undefined, options: {} },
      false,
    )
  }

  dropCatalog(name: string, ifExists: boolean): void {
    if (!this.catalogs.has(name)) {
      if (ifExists) return
      throw invalid(`Catalog ${name} does not exist.`, suggest(name, this.catalogs.keys()))
    }
    if (name === this.currentCatalog)
      throw invalid('Cannot drop a catalog which is currently in use.', 'USE another catalog first.')
    this.catalogs.delete(name)
  }

  describeCatalog(name: string): Pick<Catalog, 'comment' | 'options'> {
    return this.catalog(name)
  }

  useCatalog(name: string): void {
    const catalog = this.catalog(name)
    this.current = {
      catalog: name,
      database: catalog.options['default-database'] ?? [...catalog.databases.keys()][0] ?? '',
    }
  }

  databaseNames(catalog = this.currentCatalog): string[] {
    return [...this.catalog(catalog).databases.keys()].sort()
  }

  createDatabase(catalog: string, name: string, description: Database, ifNotExists: boolean): void {
    const { databases } = this.catalog(catalog)
    if (databases.has(name)) {
      if (ifNotExists) return
      throw invalid(`Database ${name} already exists in catalog ${catalog}.`)
    }
    databases.set(name, { description, objects: new Map(), functions: new Map() })
  }

  alterDatabase(catalog: string, name: string, options: Readonly<Record<string, string>>): void {
    const database = this.database(catalog, name)
    database.description = { ...database.description, options: { ...database.description.options, ...options } }
  }

  describeDatabase(catalog: string, name: string): Database {
    return this.database(catalog, name).description
  }

  dropDatabase(
    catalog: string,
    name: string,
    { ifExists, cascade }: { readonly ifExists: boolean; readonly cascade: boolean },
  ): void {
    const { databases } = this.catalog(catalog)
    const database = databases.get(name)
    if (database === undefined) {
      if (ifExists) return
      throw invalid(`Database ${name} does not exist in catalog ${catalog}.`, suggest(name, databases.keys()))
    }
    if (catalog === this.currentCatalog && name === this.currentDatabase) {
      throw invalid('Cannot drop a database which is currently in use.', 'USE another database first.')
    }
    if (!cascade && database.objects.size + database.functions.size > 0) {
      throw invalid(`Database ${name} in catalog ${catalog} is not empty.`, 'Add CASCADE to drop what is in it.')
    }
    databases.delete(name)
  }

  useDatabase(catalog: string, name: string): void {
    this.database(catalog, name)
    this.current = { catalog, database: name }
  }

  private catalog(name: string): Catalog {
    const catalog = this.catalogs.get(name)
    if (catalog === undefined) {
      throw invalid(`A catalog with name [${name}] does not exist.`, suggest(name, this.catalogs.keys()))
    }
    return catalog
  }

  private database(catalog: string, name: string): DatabaseContent {
    const { databases } = this.catalog(catalog)
    const database = databases.get(name)
    if (database === undefined) {
      throw invalid(
        `A database with name [${name}] does not exist in the catalog: [${catalog}].`,
        suggest(name, databases.keys()),
      )
    }
    return database
  }

  // ---- tables and views ---------------------------------------------------------------------------------------------

  /** Whether CREATE may go on: false when the object is there and `ifNotExists`. */
  mayCreate(path: ObjectPath, temporary: boolean, ifNotExists: boolean): boolean {
    const exists = temporary
      ? this.temporary.has(asText(path))
      : this.database(path.catalog, path.database).objects.has(path.name)
    if (!exists || ifNotExists) return !exists
    const fix = 'Drop it first, or add IF NOT EXISTS.'
    if (temporary) throw invalid(`Temporary table '${quotePath(path)}' already exists`, fix)
    throw invalid(`Table (or view) ${path.database}.${path.name} already exists in Catalog ${path.catalog}.`, fix)
  }

  put(path: ObjectPath, object: CatalogObject, temporary: boolean): void {
    if (temporary) this.temporary.set(asText(path), { path, object })
    else this.database(path.catalog, path.database).objects.set(path.name, object)
  }

  /** The permanent object, for ALTER; undefined where there is none of this kind. */
  permanent<K extends CatalogObject['kind']>(
    path: ObjectPath,
    kind: K,
  ): Extract<CatalogObject, { kind: K }> | undefined {
    const object = this.catalogs.get(path.catalog)?.databases.get(path.database)?.objects.get(path.name)
    return object?.kind === kind ? (object as Extract<CatalogObject, { kind: K }>) : undefined
  }

  rename(from: ObjectPath, to: ObjectPath): void {
    const { objects } = this.database(from.catalog, from.database)
    this.mayCreate(to, false, false)
    if (to.catalog !== from.catalog || to.database !== from.database) {
      throw invalid(`${quotePath(from)} cannot be renamed into another database.`)
    }
    objects.set(to.name, objects.get(from.name)!)
    objects.delete(from.name)
  }

  drop(
    path: ObjectPath,
    kind: CatalogObject['kind'],
    { temporary, ifExists }: { readonly temporary: boolean; readonly ifExists: boolean },
  ): void {
    const noun = temporary ? `Temporary ${kind}` : kind === 'table' ? 'Table' : 'View'
    const hidden = this.temporary.get(asText(path))
    if (temporary) {
      if (hidden?.object.kind === kind) this.temporary.delete(asText(path))
      else if (!ifExists)
        throw invalid(`${noun} with identifier '${asText(path)}' does not exist.`, this.nearObject(path))
      return
    }
    if (this.permanent(path, kind) === undefined) {
      if (ifExists) return
      const other = kind === 'table' ? 'view' : 'table'
      const fix =
        this.permanent(path, other) === undefined
          ? this.nearObject(path)
          : `It is a ${other}: use DROP ${other.toUpperCase()}.`
      throw invalid(`${noun} with identifier '${asText(path)}' does not exist.`, fix)
    }
    if (hidden !== undefined) {
      const fix = `Use DROP TEMPORARY ${hidden.object.kind.toUpperCase()} first.`
      throw invalid(
        `Temporary ${kind} with identifier '${quotePath(path)}' exists. Drop it first before removing the permanent ${kind}.`,
        fix,
      )
    }
    this.database(path.catalog, path.database).objects.delete(path.name)
  }

  private nearObject({ catalog, database, name }: ObjectPath): string | undefined {
    const known = this.catalogs.get(catalog)?.databases.has(database) === true
    return known ? suggest(name, this.names(catalog, database)) : undefined
  }

  /** For statements about one object. @throws SQL_VALIDATION with the near name */
  require(parts: readonly string[]): FoundObject {
    const found = this.find(parts)
    if (found !== undefined) return found
    const path = this.pathOf(parts)
    throw invalid(`Tables or views with the identifier '${asText(path)}' doesn't exist.`, this.nearObject(path))
  }

  // ---- functions: registered only, for the classes of Flink's functions do not run here ----------------------------------

  createFunction(
    path: ObjectPath,
    className: string,
    { temporary, ifNotExists }: { readonly temporary: boolean; readonly ifNotExists: boolean },
  ): void {
    const [functions, key] = this.functionsOf(path, temporary)
    if (functions.has(key)) {
      if (ifNotExists) return
      throw invalid(`Function ${asText(path)} already exists.`)
    }
    functions.set(key, className)
  }

  dropFunction(
    path: ObjectPath,
    { temporary, ifExists }: { readonly temporary: boolean; readonly ifExists: boolean },
  ): void {
    const [functions, key] = this.functionsOf(path, temporary)
    if (!functions.delete(key) && !ifExists) throw invalid(`Function ${asText(path)} does not exist.`)
  }

  userFunctionNames(): string[] {
    const own = this.database(this.currentCatalog, this.currentDatabase).functions.keys()
    const temporary = [...this.temporaryFunctions.keys()].map((key) => key.split('.').at(-1)!)
    return [...new Set([...own, ...temporary])].sort()
  }

  /** Names of functions have no case. */
  private functionsOf(path: ObjectPath, temporary: boolean): [Map<string, string>, string] {
    if (temporary) return [this.temporaryFunctions, asText(path).toLowerCase()]
    return [this.database(path.catalog, path.database).functions, path.name.toLowerCase()]
  }
}
