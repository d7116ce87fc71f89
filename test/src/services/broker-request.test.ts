import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { brokerOptionsOf, type BrokerRequest } from '../../../src/services/broker-request.ts'

const nothing: BrokerRequest = { advertised: [], listeners: [], configs: [], topics: [], saslMechanisms: [] }
const tls = { tlsKey: 'k', tlsCertificate: 'c' }
const tlsOptions = { keyFile: 'k', certificateFile: 'c' }
const usersText = 'alice:secret:with:colons\n# a remark\n\nbob:b'

function usersFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'flinkts-users-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'users.txt'), text)
  return join(directory, 'users.txt')
}

describe('what is asked of a broker', () => {
  test('nothing: loopback, port 9092', () => {
    expect(brokerOptionsOf(nothing)).toEqual({
      listeners: [{ securityProtocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }],
      settings: {},
      topics: [],
    })
  })

  test('host, port, advertised address, data, topics, configurations', () => {
    const request = {
      ...nothing,
      host: '0.0.0.0',
      port: 0,
      advertised: ['[::1]:19092'],
      dataDirectory: 'd',
      topics: ['a', 'b:3'],
      configs: ['num.partitions=2'],
    }
    expect(brokerOptionsOf(request)).toEqual({
      listeners: [
        { securityProtocol: 'PLAINTEXT', host: '0.0.0.0', port: 0, advertisedHost: '::1', advertisedPort: 19092 },
      ],
      dataDirectory: 'd',
      topics: [{ name: 'a' }, { name: 'b', partitions: 3 }],
      settings: { numPartitions: 2 },
    })
  })

  test.each([
    ['PLAINTEXT', {}],
    ['SSL', tls],
    ['SASL_PLAINTEXT', { usersText }],
    ['SASL_SSL', { ...tls, usersText }],
  ])('%s follows from what is given', (securityProtocol, more) => {
    expect(brokerOptionsOf({ ...nothing, ...more }).listeners).toMatchObject([{ securityProtocol }])
  })

  test('several listeners: TLS where it is asked for, each with its own advertised address', () => {
    const listeners = ['PLAINTEXT://127.0.0.1:9092', 'SASL_SSL://[::]:9094']
    const { listeners: plans } = brokerOptionsOf({
      ...nothing,
      ...tls,
      listeners,
      advertised: ['SASL_SSL://k.example'],
    })
    expect(plans).toEqual([
      { securityProtocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 },
      { securityProtocol: 'SASL_SSL', host: '::', port: 9094, advertisedHost: 'k.example', tls: tlsOptions },
    ])
  })

  test('users from a file before those of the environment', () => {
    const users = [
      { name: 'alice', password: 'secret:with:colons' },
      { name: 'bob', password: 'b' },
    ]
    expect(brokerOptionsOf({ ...nothing, usersText }).users).toEqual(users)
    const request = { ...nothing, usersFile: usersFile('carol:c\r\n'), usersText }
    expect(brokerOptionsOf(request).users).toEqual([{ name: 'carol', password: 'c' }])
  })

  test.each<[string, Partial<BrokerRequest>]>([
    ['--listener stands instead of --host and --port', { port: 1, listeners: ['PLAINTEXT://:1'] }],
    ['--listener nonsense', { listeners: ['nonsense'] }],
    ['--listener PLAINTEXT://a:70000', { listeners: ['PLAINTEXT://a:70000'] }],
    ['--advertised a:b', { advertised: ['a:b'] }],
    ['--advertised SSL://a: there is no such listener', { advertised: ['SSL://a'] }],
    ['TLS needs a key and a certificate', { tlsKey: 'k' }],
    ['TLS needs a key and a certificate', { tlsClientCa: 'ca' }],
    ['--config x', { configs: ['x'] }],
    ['no configuration num.partitons', { configs: ['num.partitons=1'] }],
    ['--topic a:b', { topics: ['a:b'] }],
    ['there is no user', { usersText: '# nobody' }],
  ])('refused: %s', (message, more) => {
    expect(() => brokerOptionsOf({ ...nothing, ...more })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(message) as string }) as Error,
    )
  })

  test('an error about users tells the line, not what stands in it', () => {
    const path = usersFile('alice:a\nhunter2')
    const read = (): unknown => brokerOptionsOf({ ...nothing, usersFile: path })
    expect(read).toThrow(`line 2 of the users in ${path} is not name:password`)
    expect(read).not.toThrow(/hunter2/)
    expect(() => brokerOptionsOf({ ...nothing, usersFile: '/nowhere/users.txt' })).toThrow(
      expect.objectContaining({ code: 'FILE_NOT_FOUND' }) as Error,
    )
  })
})
