import { expect, it } from 'vitest'
import { secretsFor, separateSecrets } from '../../../engine/cluster/job-secrets.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'

const settings = { connection: { servers: ['a', 'b'], security: { secret: { password: 'hidden' } } }, other: null }
const graph = {
  formatVersion: 1,
  jobName: 'job',
  configuration: {},
  nodes: [
    { kind: 'source', id: 's1', source: { settings } },
    { kind: 'operator', id: 'o1', operator: { code: 'x' } },
    { kind: 'sink', id: 'k1', sink: { settings: { login: { secretName: 'project:postgres' } } } },
  ],
  warnings: [],
} as unknown as StreamGraph

it('takes secrets out of a graph and leaves names', () => {
  const separated = separateSecrets(graph)
  expect(JSON.stringify(separated.graph)).not.toContain('hidden')
  expect(separated.graph.nodes[0]).toMatchObject({
    source: { settings: { connection: { servers: ['a', 'b'], security: { secretName: 's1.connection.security' } } } },
  })
  expect(separated.secrets).toEqual({ 's1.connection.security': { password: 'hidden' } })
  expect(separated.names).toEqual(['s1.connection.security', 'project:postgres'])
  expect(separateSecrets(separated.graph)).toEqual({ ...separated, secrets: {} })
})

it('finds what a graph names: in it, in the last submission, in the project', () => {
  const separated = separateSecrets(graph)
  const project = (name: string) => ({ from: name })
  const all = secretsFor(separated, undefined, project)
  expect(all).toEqual({
    's1.connection.security': { password: 'hidden' },
    'project:postgres': { from: 'project:postgres' },
  })
  const stored = separateSecrets(separated.graph)
  expect(secretsFor(stored, all, project)).toEqual(all)
  expect(() => secretsFor(stored, undefined, project)).toThrow(/not kept anywhere/)
  expect(() => secretsFor(separated, undefined, undefined)).toThrow(/not kept anywhere/)
})
