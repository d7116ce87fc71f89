// ALTER TABLE, VIEW and DATABASE.
import type { AlterTableAction, Statement } from '../ast/statement.ts'
import { parseIfExists } from './parse-create.ts'
import { parseDistribution, parseOptions, parseTableElements } from './parse-table-definition.ts'
import type { Parser } from './parser.ts'

export function parseAlter(p: Parser): Statement {
  const start = p.peek().start
  p.expect('ALTER')
  switch (p.expectAny(['TABLE', 'VIEW', 'DATABASE'])) {
    case 'TABLE': {
      const ifExists = parseIfExists(p)
      const name = p.qualifiedName('a table name')
      return p.node(start, { kind: 'AlterTable', ifExists, name, action: parseAction(p) })
    }
    case 'VIEW': {
      const name = p.qualifiedName('a view name')
      if (p.accept('AS')) {
        const query = p.query()
        return p.node(start, { kind: 'AlterView', name, action: { type: 'as', query } })
      }
      p.expect('RENAME', 'TO')
      const newName = p.qualifiedName('a view name')
      return p.node(start, { kind: 'AlterView', name, action: { type: 'rename', newName } })
    }
    case 'DATABASE': {
      const name = p.qualifiedName('a database name')
      p.expect('SET')
      return p.node(start, { kind: 'AlterDatabase', name, options: parseOptions(p) })
    }
  }
}

function parseAction(p: Parser): AlterTableAction {
  const word = p.expectAny(['RENAME', 'SET', 'RESET', 'ADD', 'MODIFY', 'DROP'])
  switch (word) {
    case 'RENAME': {
      if (p.accept('TO')) return { type: 'rename', newName: p.qualifiedName('a table name') }
      const column = p.identifier('a column name')
      p.expect('TO')
      return { type: 'rename-column', column, newName: p.identifier('a column name') }
    }
    case 'SET':
      return { type: 'set-options', options: parseOptions(p) }
    case 'RESET':
      return { type: 'reset-options', keys: p.parenthesized(() => p.list(() => p.string('an option in quotes'))) }
    case 'ADD':
    case 'MODIFY': {
      const type = word === 'ADD' ? 'add' : 'modify'
      if (p.accept('DISTRIBUTION')) {
        return { type, columns: [], watermark: undefined, constraints: [], distribution: parseDistribution(p) }
      }
      return { type, ...parseTableElements(p, true), distribution: undefined }
    }
    case 'DROP':
      return parseDropAction(p)
  }
}

function parseDropAction(p: Parser): AlterTableAction {
  if (p.accept('PRIMARY')) {
    p.expect('KEY')
    return { type: 'drop-primary-key' }
  }
  if (p.accept('WATERMARK')) return { type: 'drop-watermark' }
  if (p.accept('DISTRIBUTION')) return { type: 'drop-distribution' }
  if (p.accept('CONSTRAINT')) return { type: 'drop-constraint', name: p.identifier('the name of the constraint') }
  const columns = p.at('(') ? p.identifiersInParentheses() : [p.identifier('a column name')]
  return { type: 'drop-columns', columns }
}
