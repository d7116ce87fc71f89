import { describe, expect, it } from 'vitest'
import { RepeatedRecords, repetitionNotice } from '../../../engine/cluster/repeated-records.ts'
import type { CheckpointManifest } from '../../../engine/checkpoint/checkpoint-manifest.ts'
import type { Split, SplitEnumerator } from '../../../engine/connectors/connector.ts'
import type { JobGraph } from '../../../engine/graph/job-graph.ts'

const split = (partition: number, next: number): Split => ({ id: `rides-${partition}`, state: { partition, next } })
const nextOf = ({ state }: Split): number => (state as { next: number }).next

/** A topic of two partitions that ends at 1000. */
const enumerator: SplitEnumerator = {
  start: () => Promise.resolve([]),
  identity: () => Promise.resolve(null),
  recordsBetween: (from, reached) =>
    Promise.resolve(
      from.reduce((sum, start) => {
        const end = reached.get(start.id)
        return sum + Math.max(0, (end === undefined ? 1000 : nextOf(end)) - nextOf(start))
      }, 0),
    ),
  close: () => Promise.resolve(),
}

function graphWith(changelog: string, connector = 'jdbc'): JobGraph {
  const source = { kind: 'source', id: 'source' }
  const sink = { kind: 'sink', id: 'sink', sink: { connector, tableName: 'trips', changelog } }
  const vertices = [{ id: 'v', chain: [{ node: source }, { node: sink }] }]
  return { vertices } as unknown as JobGraph
}

describe('records that are read again', () => {
  const graph = graphWith('insert-only')
  const at = (first: number, second: number): Split[] => [split(0, first), split(1, second)]

  it('are those up to the end of the source where nobody knows how far it was read', async () => {
    expect(await new RepeatedRecords(graph).count(enumerator, 'source', at(400, 900))).toBe(700)
  })

  it('are those up to where the readers of the last attempt ended', async () => {
    const records = new RepeatedRecords(graph)
    records.begin('source', at(0, 0))
    records.ended('v', [split(0, 500)])
    records.ended('v', [split(1, 20)])
    expect(await records.count(enumerator, 'source', at(400, 20))).toBe(100)
  })

  it('are those that the run before may have read, as long as this one has not come further', async () => {
    const records = new RepeatedRecords(graph)
    expect(await records.count(enumerator, 'source', at(0, 0))).toBe(2000)
    records.begin('source', at(0, 0))
    records.ended('v', at(500, 500))
    expect(await records.count(enumerator, 'source', at(400, 400))).toBe(1200)
  })

  it('shrink as checkpoints move on, and never forget an attempt that came further', async () => {
    const records = new RepeatedRecords(graph)
    records.begin('source', at(0, 0))
    records.ended('v', at(500, 500))
    expect(await records.count(enumerator, 'source', at(400, 400))).toBe(200)
    records.begin('source', at(400, 400))
    records.ended('v', at(410, 410)) // failed sooner than the attempt before
    expect(await records.count(enumerator, 'source', at(400, 400))).toBe(200)
    records.begin('source', at(400, 400))
    records.ended('v', at(450, 450))
    expect(await records.count(enumerator, 'source', at(440, 440))).toBe(120)
    records.begin('source', at(440, 440))
    records.ended('v', at(800, 800))
    expect(await records.count(enumerator, 'source', at(800, 800))).toBe(0)
  })

  it('reach to the end of the source where a subtask was lost', async () => {
    const records = new RepeatedRecords(graph)
    records.begin('source', at(0, 0))
    records.ended('v', [split(0, 500)])
    records.lost('v')
    expect(await records.count(enumerator, 'source', at(500, 500))).toBe(1000)
  })

  it('cannot be counted by a source that knows nothing of them', async () => {
    const silent: SplitEnumerator = { ...enumerator }
    delete silent.recordsBetween
    expect(await new RepeatedRecords(graph).count(silent, 'source', at(0, 0))).toBeUndefined()
  })
})

describe('what is said of rows that are written again', () => {
  const from = (type: 'checkpoint' | 'savepoint', automatic = true) => ({
    manifest: { type, checkpointId: 7 } as CheckpointManifest,
    location: '/x',
    automatic,
  })
  const notice = (
    attempt: number,
    begin: ReturnType<typeof from> | undefined,
    count: number | undefined,
    graph = graphWith('insert-only'),
  ) => repetitionNotice({ graph, attempt, from: begin, count })

  it.each([
    [
      'a crash',
      0,
      from('checkpoint'),
      12,
      /^'trips' only appends: what came of at most 12 records after checkpoint 7 is written again$/,
    ],
    ['a restart', 3, from('checkpoint'), 1, /at most 1 record after checkpoint 7/],
    ['a source that cannot count', 0, from('checkpoint'), undefined, /what came after checkpoint 7 is written again/],
    [
      'a restart without a checkpoint',
      1,
      undefined,
      undefined,
      /no checkpoint yet: what was written so far is written again/,
    ],
    ['a restart of a run that began from a savepoint', 1, from('savepoint'), 5, /at most 5 records after savepoint 7/],
    ['a savepoint the user named', 0, from('savepoint', false), 5, /at most 5 records after savepoint 7/],
  ])('after %s', (_, attempt, begin, count, said) => {
    expect(notice(attempt, begin, count)).toMatch(said)
  })

  it.each([
    ['nothing is repeated', notice(1, from('checkpoint'), 0)],
    ['a stop took everything that was written', notice(0, from('savepoint'), 5)],
    ['the job begins', notice(0, undefined, undefined)],
    ['sinks upsert', notice(1, from('checkpoint'), 5, graphWith('upsert'))],
    ['a sink keeps nothing', notice(1, from('checkpoint'), 5, graphWith('insert-only', 'blackhole'))],
  ])('nothing where %s', (_, said) => {
    expect(said).toBeUndefined()
  })
})
