// The words are those of real engines.
import { describe, expect, it } from 'vitest'
import {
  containerDied,
  engineFailure,
  isPortTaken,
  pullFailure,
} from '../../../../src/services/docker/docker-errors.ts'

const refusal = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) ${message}`), { statusCode, json: { message } })

describe('a pull', () => {
  it.each([
    [
      'DOCKER_IMAGE_NOT_FOUND',
      404,
      "pull access denied for nobody/nothing, repository does not exist or may require 'docker login'",
    ],
    ['DOCKER_IMAGE_NOT_FOUND', 404, 'manifest for apache/kafka:99 not found: manifest unknown: manifest unknown'],
    ['DOCKER_IMAGE_NOT_FOUND', 500, 'unauthorized: authentication required'],
    [
      'DOCKER_OFFLINE',
      500,
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
    ],
    [
      'DOCKER_OFFLINE',
      500,
      'Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    ],
    ['DOCKER_OFFLINE', 500, 'Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused'],
    ['DOCKER_FAILED', 500, 'write /var/lib/docker/tmp/x: no space left on device'],
  ])('%s: %i %s', (code, status, words) => {
    const error = pullFailure('apache/kafka:99', 'kafka', refusal(status, words))
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(error.fix).toBeTruthy()
  })
})

it.each([
  'driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:9092 failed: port is already allocated',
  'driver failed programming external connectivity: Error starting userland proxy: listen tcp4 127.0.0.1:5432: bind: address already in use',
  'Ports are not available: exposing port TCP 127.0.0.1:5432 -> 0.0.0.0:0: listen tcp 127.0.0.1:5432: bind: Only one usage of each socket address (port is already in use) is normally permitted',
  'rootlessport listen tcp 127.0.0.1:9092: bind: address already in use',
])('a taken port: %s', (words) => {
  expect(isPortTaken(refusal(500, words))).toBe(true)
  expect(isPortTaken(refusal(500, 'no such image'))).toBe(false)
})

describe('a container that died', () => {
  it('brings its last lines and its exit code', () => {
    const error = containerDied('postgres', 'postgres:18', 1, 'FATAL: could not write')
    expect(error.message).toContain('exit code 1:\nFATAL: could not write')
  })

  it.each([
    [137, '', /memory/],
    [1, 'FATAL:  database files are incompatible with server', /down --volumes/],
    [1, 'mkdir: cannot create directory: Permission denied', /another user/],
    [1, 'PANIC: could not write: No space left on device', /disk is full/],
    [1, 'something', /the log says why/],
  ])('says what to do: %i %s', (exitCode, lines, fix) =>
    expect(containerDied('postgres', 'postgres:18', exitCode, lines).fix).toMatch(fix),
  )
})

it('a full disk of the engine is named as such', () => {
  expect(engineFailure('x', refusal(500, 'mkdir: no space left on device')).fix).toContain('docker system prune')
})
