import { expect, test } from 'vitest'
import { errorToJson, renderError } from '../../../src/output/error-page.ts'

const outer = Object.assign(new Error('job hourly failed'), {
  code: 'JOB_FAILED',
  cause: Object.assign(new Error("column 'fare' not found"), {
    code: 'SQL_VALIDATION',
    location: { file: 'a.sql', line: 2, column: 8, length: 4 },
    fix: "did you mean 'fares'?",
  }),
})

test('shows the first cause first, points at it and says how to fix it', () => {
  expect(renderError(outer, () => 'SELECT 1;\nSELECT fare FROM t')).toBe(
    [
      "Error: column 'fare' not found  [SQL_VALIDATION]",
      '  at a.sql:2:8',
      '  2 | SELECT fare FROM t',
      '    |        ^^^^',
      '  so: job hourly failed',
      "  fix: did you mean 'fares'?",
    ].join('\n'),
  )
})

test('never underlines beyond the line and bears a location without source', () => {
  const error = { message: 'unexpected end', location: { line: 1, column: 3, length: 50 } }
  expect(renderError(error, () => 'abc')).toContain('  1 | abc\n    |   ^')
  expect(renderError(error)).toBe('Error: unexpected end\n  at the statement:1:3')
})

test('a circular chain of causes ends', () => {
  const circular: { message: string; cause?: unknown } = { message: 'round' }
  circular.cause = circular
  expect(renderError(circular)).toBe('Error: round')
})

test('an error of a library explains the cause, it is not its name', () => {
  const error = Object.assign(new Error('port 9092 is taken'), {
    code: 'PORT_TAKEN',
    cause: Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' }),
  })
  expect(renderError(error)).toBe('Error: port 9092 is taken  [PORT_TAKEN]\n  because: listen EADDRINUSE')
  expect(errorToJson(error)).toMatchObject({ error: { code: 'PORT_TAKEN', because: ['listen EADDRINUSE'] } })
})

test('json carries the same facts', () => {
  expect(errorToJson(outer)).toMatchObject({ error: { code: 'SQL_VALIDATION', ledTo: ['job hourly failed'] } })
})

test.each([
  ['  password: hunter2', '  password: *******'],
  ["  'password' = 'hunter2',", "  'password' = '*******',"],
  ['{ keyPassword: hunter2, ca: a.pem }', '{ keyPassword: *******, ca: a.pem }'],
  ['url: postgresql://app:hunter2@db/rides', 'url: postgresql://app:*******@db/rides'],
  ['password: { env: NAME }', 'password: { env: NAME }'],
  ['SELECT passengers = 2', 'SELECT passengers = 2'],
])('the passwords of a shown line are masked: %s', (line, shown) => {
  const error = { message: 'wrong', location: { line: 1, column: 1 } }
  expect(renderError(error, () => line)).toContain(`  1 | ${shown}\n`)
})

test.each([
  ['ENOSPC: no space left on device, write', 'INTERNAL'],
  ['could not extend file "base/5/16384": No space left on device', 'POSTGRES_WRITE_FAILED'],
])('a full disk has one name and one remedy: %s', (message, code) => {
  const error = Object.assign(new Error('job x failed'), {
    code: 'JOB_FAILED',
    fix: 'look at the log',
    cause: Object.assign(new Error(message), { code, fix: 'ask again', cause: new Error('write') }),
  })
  expect(renderError(error)).toMatch(
    /^Error: the disk is full: .* {2}\[DISK_FULL\]\n {2}so: job x failed\n {2}fix: make room/,
  )
  expect(errorToJson(error)).toMatchObject({ error: { code: 'DISK_FULL' } })
})

test('what a user may not do in a folder says what to do about it', () => {
  const error = Object.assign(new Error("EACCES: permission denied, mkdir '/opt/x/.flinkts'"), { code: 'EACCES' })
  expect(renderError(error)).toMatch(/mkdir '\/opt\/x\/\.flinkts' {2}\[EACCES\]\n {2}fix: give this user the right/)
  expect(errorToJson(error)).toMatchObject({
    error: { code: 'EACCES', fix: expect.stringContaining('this user') as string },
  })
})
