// Whatever is asked, the answer is none of our bugs: never 500, always JSON or text, and the next request is answered.
import fc from 'fast-check'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jobRoutes } from '../../../engine/rest/job-routes.ts'
import { RestCluster } from '../../helpers/rest-cluster.ts'
import type { ManagedJob } from '../../../engine/cluster/job-manager.ts'

let cluster: RestCluster
let job: ManagedJob
beforeAll(async () => {
  cluster = await RestCluster.start()
  await cluster.failedJob()
  job = await cluster.runningJob()
})
afterAll(() => cluster.stop())

/** As it stands on the wire: `fetch` would mend what is malformed. */
function raw(method: string, target: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const head = `${method} ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}`
    const socket = connect(cluster.server.port, '127.0.0.1', () => socket.write(`${head}\r\n\r\n${body}`))
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1'))).on('error', reject)
    socket.on('end', () => resolve(text))
  })
}

// what a target may hold without ending its line
const token = fc.string({ unit: fc.constantFrom(...'abz019-_.~%:/?=&,;+*()[]{}\\"\'<>|^`éÿ'), maxLength: 12 })
const value = fc.oneof(
  token,
  fc.constantFrom(
    '0',
    '-1',
    '1e9',
    '99999999999999999999',
    'NaN',
    '%',
    '%zz',
    '%00',
    '..',
    '__proto__',
    'min,max',
    'x',
  ),
)

it('answers every path with any parameters, queries and bodies', { timeout: 120_000 }, async () => {
  const { jobId } = job.master
  const vertices = job.master.options.graph.vertices.map(({ id }) => id)
  const known = fc.constantFrom(jobId, ...vertices, 'taskmanager-1', '0', '1', '0'.repeat(32), 'overview')
  // streams of lines stay open, and one route waits for the end of the job
  const routes = jobRoutes(cluster.jobManager).filter(({ path }) => !/follow$|abort$/.test(path))
  // nothing that ends the job or the thread it runs on: their own tests do
  const harmless = routes.filter(({ method, path }) => !(method === 'DELETE' || /stop$|savepoints$/.test(path)))
  const body = fc.oneof(
    fc.constant(''),
    fc.json(),
    fc.constantFrom('{', 'null', '[]', '{"drain":1}', '{"triggerId":"x"}', '{"savepoint-path":"/nowhere"}'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...harmless),
      fc.array(fc.oneof({ weight: 3, arbitrary: known }, value), { minLength: 6, maxLength: 6 }),
      fc.array(
        fc.tuple(
          fc.constantFrom(
            'get',
            'agg',
            'jobs',
            'subtasks',
            'maxExceptions',
            'mode',
            'taskmanagers',
            'failureLabelFilter',
            'window',
            'record',
            'operator',
            'type',
            'x',
          ),
          value,
        ),
        { maxLength: 3 },
      ),
      body,
      async ({ method, path }, parts, query, text) => {
        let at = 0
        const target = path.replaceAll(/:\w+/g, () => parts[at++ % parts.length]!.replaceAll(/[?/\s]/g, '') || 'x')
        const search =
          query.length === 0
            ? ''
            : `?${query.map(([name, part]) => `${name}=${part.replaceAll(/[\s#]/g, '')}`).join('&')}`
        if (method === 'PATCH' && search === '') return // cancels the job
        const answer = await raw(method, `${target}${search}`, method === 'GET' ? '' : text)
        expect(answer).toMatch(/^HTTP\/1\.1 (200|202|400|403|404|405|409|413|415) /)
      },
    ),
    { numRuns: 600 },
  )
  expect(await cluster.call(`/jobs/${jobId}/status`)).toMatchObject({ status: 200 })
})

it('answers any target at all', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
      fc.array(value),
      async (method, parts) => {
        const answer = await raw(method, `/${parts.join('/').replaceAll(/\s/g, '')}`, '')
        expect(answer).toMatch(/^HTTP\/1\.1 (200|202|400|403|404|405) /)
      },
    ),
    { numRuns: 300 },
  )
})
