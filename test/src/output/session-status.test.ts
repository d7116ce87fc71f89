import { expect, it } from 'vitest'
import { renderJob, renderServices, withoutSecrets } from '../../../src/output/session-status.ts'
import type { SessionStatus } from '../../../src/services/session/session-protocol.ts'

const status = (postgres: string): SessionStatus => ({
  project: '/p',
  pid: 7,
  version: '0.1.0',
  restAddress: 'http://127.0.0.1:8081',
  services: [
    {
      name: 'postgres',
      provider: 'docker',
      state: 'running',
      address: postgres,
      pid: undefined,
      error: undefined,
      container: { name: 'flinkts-p-1-postgres', id: 'abc', image: 'postgres:18' },
    },
  ],
  leases: { command: 0, job: 0, up: 1 },
  notices: ['port 5432 is taken'],
})

it('addresses are ready to paste, containers are named', () => {
  expect(renderServices(status('postgresql://postgres:postgres@127.0.0.1:5432/postgres'))).toBe(
    `Postgres  postgresql://postgres:postgres@127.0.0.1:5432/postgres
Container flinkts-p-1-postgres (postgres:18)
REST      http://127.0.0.1:8081
Session   pid 7, up until \`flinkts down\`
note: port 5432 is taken`,
  )
})

it("a project's own password is not shown, the one that everybody has is", () => {
  const shown = (address: string): string | undefined => withoutSecrets(status(address)).services[0]!.address
  expect(shown('postgresql://postgres:s3cr%40t@127.0.0.1:5432/postgres')).toBe(
    'postgresql://postgres:***@127.0.0.1:5432/postgres',
  )
  expect(shown('postgresql://postgres:postgres@127.0.0.1:5432/postgres')).toContain(':postgres@')
  expect(shown('127.0.0.1:9092')).toBe('127.0.0.1:9092')
})

it('a job is said to be in its state for as long as it is, not since its start', () => {
  expect(renderJob({ id: 'c1', name: 'a', state: 'RESTARTING', stateForMs: 7_700, durationMs: 3_600_000 })).toBe(
    'Job       a RESTARTING for 7.7 s, id c1',
  )
})
