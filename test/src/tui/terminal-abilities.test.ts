import { expect, test } from 'vitest'
import { terminalAbilities } from '../../../src/tui/terminal-abilities.ts'

test.each([
  [{ LANG: 'en_GB.UTF-8' }, 'linux', true],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, 'linux', false],
  [{ LANG: 'C', LC_CTYPE: 'C.utf8' }, 'linux', true],
  [{ LANG: 'POSIX' }, 'linux', false],
  [{}, 'linux', false],
  [{ LC_ALL: '', LANG: 'de_DE.UTF-8' }, 'linux', true],
  [{}, 'darwin', true],
  [{ WT_SESSION: 'x' }, 'win32', true],
  [{}, 'win32', false],
] as const)('%j on %s has Unicode: %s', (environment, platform, unicode) => {
  expect(terminalAbilities(environment, platform).unicode).toBe(unicode)
})

test.each([
  [{}, true],
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '' }, true],
  [{ TERM: 'dumb' }, false],
] as const)('%j has colours: %s', (environment, colour) => {
  expect(terminalAbilities(environment, 'linux').colour).toBe(colour)
})
