import { expect, test } from 'vitest'
import { PlainExchange } from '../../../../../engine/kafka/broker/security/plain-exchange.ts'

const exchange = new PlainExchange((name, password) => name === 'alice' && password === 'secret')
const respond = (message: string) => exchange.respond(Buffer.from(message))

test('the right password', () => {
  expect(respond('\0alice\0secret')).toMatchObject({ kind: 'done', userName: 'alice' })
  expect(respond('alice\0alice\0secret')).toMatchObject({ kind: 'done', userName: 'alice' })
})

test.each([
  ['\0alice\0wrong', 'Invalid username or password'],
  ['\0bob\0secret', 'Invalid username or password'],
  ['bob\0alice\0secret', 'different from username'],
  ['\0\0secret', 'username not specified'],
  ['\0alice\0', 'password not specified'],
  ['alice\0secret', 'expected 3 tokens, got 2'],
  ['', 'expected 3 tokens, got 1'],
  ['\0alice\0secret\0more', 'expected 3 tokens, got 4'],
])('%j is refused', (message, reason) => {
  expect(respond(message)).toMatchObject({ kind: 'failed', message: expect.stringContaining(reason) as string })
})
