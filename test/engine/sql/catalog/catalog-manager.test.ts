import { describe, expect, it } from 'vitest'
import { CatalogManager, type ObjectPath } from '../../../../engine/sql/catalog/catalog-manager.ts'
import type { ResolvedTable } from '../../../../engine/sql/catalog/catalog-object.ts'
import { sourceText } from '../../../../engine/sql/parser/source-text.ts'
import { types } from '../../../../engine/types/logical-type.ts'

const table = (column: string): ResolvedTable => ({
  kind: 'table',
  columns: [{ kind: 'physical', name: column, type: types.int(), comment: undefined }],
  watermark: undefined,
  primaryKey: undefined,
  options: {},
  comment: undefined,
  partitionedBy: [],
  distribution: undefined,
  source: sourceText(''),
  createdAt: { line: 1, column: 1 },
  deferredError: undefined,
})
const path = (name: string, database = 'default_database'): ObjectPath => ({
  catalog: 'default_catalog',
  database,
  name,
})

describe('CatalogManager', () => {
  it('finds names of one to three parts from the database it is asked in', () => {
    const catalog = new CatalogManager()
    catalog.createDatabase('default_catalog', 'd', { comment: undefined, options: {} }, false)
    catalog.put(path('t', 'd'), table('a'), false)
    expect(catalog.find(['t'])).toBeUndefined()
    for (const [parts, database] of [
      [['t'], 'd'],
      [['d', 't'], undefined],
      [['default_catalog', 'd', 't'], undefined],
    ] as const) {
      expect(catalog.find(parts, undefined, database)?.path).toEqual(['default_catalog', 'd', 't'])
    }
    expect(catalog.find(['a', 'b', 'c', 'd'])).toBeUndefined()
  })

  it('holds temporary objects even where there is no database of that name', () => {
    const catalog = new CatalogManager()
    catalog.put(path('t', 'nowhere'), table('a'), true)
    expect(catalog.find(['nowhere', 't'])).toMatchObject({ temporary: true })
    expect(() => catalog.put(path('t', 'nowhere'), table('a'), false)).toThrow('does not exist in the catalog')
  })

  it('refuses to rename onto another table or into another database', () => {
    const catalog = new CatalogManager()
    catalog.put(path('t'), table('a'), false)
    catalog.put(path('u'), table('b'), false)
    catalog.createDatabase('default_catalog', 'd', { comment: undefined, options: {} }, false)
    expect(() => catalog.rename(path('t'), path('u'))).toThrow('already exists')
    expect(() => catalog.rename(path('t'), path('t', 'd'))).toThrow('cannot be renamed into another database')
    catalog.rename(path('t'), path('v'))
    expect(catalog.names()).toEqual(['u', 'v'])
  })

  it('registers functions, whose names have no case', () => {
    const catalog = new CatalogManager()
    catalog.createFunction(path('F'), 'a.B', { temporary: false, ifNotExists: false })
    catalog.createFunction(path('g'), 'a.C', { temporary: true, ifNotExists: false })
    expect(catalog.userFunctionNames()).toEqual(['f', 'g'])
    expect(() => catalog.createFunction(path('f'), 'x', { temporary: false, ifNotExists: false })).toThrow(
      'already exists',
    )
    catalog.dropFunction(path('f'), { temporary: false, ifExists: false })
    expect(() => catalog.dropFunction(path('f'), { temporary: false, ifExists: false })).toThrow('does not exist')
  })
})
