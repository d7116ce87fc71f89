import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { maskUrlPassword, resolveSecret } from '../../../src/config/secret.ts'

test('a secret is a text, a variable or a file without its last newline', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-secret-'))
  try {
    writeFileSync(join(folder, 'password'), 'from the file\n')
    expect(resolveSecret('plain', folder, {})).toBe('plain')
    expect(resolveSecret({ env: 'NAME' }, folder, { NAME: 'from the environment' })).toBe('from the environment')
    expect(resolveSecret({ file: 'password' }, folder, {})).toBe('from the file')
    expect(() => resolveSecret({ file: 'missing' }, folder, {})).toThrowError(/missing, which holds a password/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.each([{}, { NAME: '' }])('a variable that is not set is named', (environment) => {
  expect(() => resolveSecret({ env: 'NAME' }, '/', environment)).toThrowError(
    expect.objectContaining({ code: 'CONFIG_MISSING', message: expect.stringContaining('NAME') }) as Error,
  )
})

test('the password of a URL is masked', () => {
  expect(maskUrlPassword('postgresql://app:p%40ss@db:5432/rides')).toBe('postgresql://app:***@db:5432/rides')
  expect(maskUrlPassword('postgresql://app@db:5432/rides')).toBe('postgresql://app@db:5432/rides')
  expect(maskUrlPassword('postgresql://app:p@ss@db/rides')).toBe('postgresql://app:***@db/rides')
})
