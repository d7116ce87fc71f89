import { expect, it } from 'vitest'
import { backslashHelp, parseBackslashCommand } from '../../../../src/services/sql-shell/backslash-commands.ts'

it.each([
  ['\\d', { name: '\\d', argument: '' }],
  ['\\d my table ', { name: '\\d', argument: 'my table' }],
  ['\\df to_%;', { name: '\\df', argument: 'to_%' }],
  ['help', { name: '\\?', argument: '' }],
  ['QUIT;', { name: '\\q', argument: '' }],
  ['exit', { name: '\\q', argument: '' }],
  ['SELECT 1;', undefined],
  ['help me;', undefined],
])('%s', (text, command) => expect(parseBackslashCommand(text)).toEqual(command))

it.each([
  ['\\dd', 'Did you mean \\d? \\? lists all.'],
  ['\\tming', 'Did you mean \\timing? \\? lists all.'],
  ['\\zzzzzz', '\\? lists the commands.'],
])('%s names the nearest', (text, fix) => {
  expect(() => parseBackslashCommand(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', fix }) as Error)
})

it('every command has its help', () => {
  for (const [command, text] of backslashHelp()) {
    expect(parseBackslashCommand(command.split(' ')[0]!)).toBeDefined()
    expect(text).not.toBe('')
  }
})
