// Every path of Flink's dispatcher is answered, or refused with a word and listed in the documentation.
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { flinkRoutes } from '../../../engine/rest/flink-routes.ts'
import { unsupportedPaths } from '../../../engine/rest/unsupported-routes.ts'
import { RestCluster } from '../../helpers/rest-cluster.ts'

let cluster: RestCluster
beforeEach(async () => {
  cluster = await RestCluster.start()
})
afterEach(() => cluster.stop())

async function read(path: string): Promise<string> {
  return readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
}

async function flinkPaths(): Promise<string[]> {
  return JSON.parse(await read('test/fixtures/rest/flink-paths.json')) as string[]
}

/** Rows of the table below a heading: what stands in code in their first cell. */
function listed(markdown: string, heading: string): string[] {
  const [, below] = markdown.split(`\n## ${heading}\n`)
  const [section] = below!.split('\n## ')
  return [...section!.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!)
}

describe('the paths of Flink 2.2', () => {
  it('are the ones that are answered or refused here, and no others', async () => {
    const ours = flinkRoutes({}).map(({ method, path }) => `${method} ${path}`)
    expect([...ours].sort()).toEqual((await flinkPaths()).sort())
  })

  it('that are refused stand in the documentation', async () => {
    const refused = unsupportedPaths.map(([method, path]) => `${method} ${path}`)
    expect(listed(await read('docs/rest-api.md'), 'Not here').sort()).toEqual([...refused].sort())
  })

  it('that are answered stand in the documentation', async () => {
    const refused = new Set(unsupportedPaths.map(([method, path]) => `${method} ${path}`))
    const answered = (await flinkPaths()).filter((path) => !refused.has(path))
    expect(listed(await read('docs/rest-api.md'), 'Flink’s paths').sort()).toEqual(answered.sort())
  })

  it('answer 404 with a word where they are refused, also below /v1', async () => {
    const id = '0'.repeat(32)
    for (const [method, path, reason] of unsupportedPaths) {
      const asked = path.replaceAll(/:\w+/g, id)
      for (const prefix of ['', '/v1']) {
        const answer = await cluster.call(prefix + asked, method, method === 'GET' ? undefined : {})
        expect(answer, `${method} ${path}`).toEqual({ status: 404, body: { errors: [reason] } })
      }
    }
  })

  it('refuse other methods', async () => {
    expect(await cluster.call('/jobs/overview', 'POST', {})).toMatchObject({ status: 405 })
    expect(await cluster.call('/savepoint-disposal')).toMatchObject({ status: 404 })
    const response = await fetch(`${cluster.address}/taskmanagers`, { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET'])
  })
})
