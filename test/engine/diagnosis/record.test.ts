import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../engine/diagnosis/diagnose.ts'
import type { JobFacts, RecordOutcome, RecordRow } from '../../../engine/diagnosis/job-facts.ts'
import {
  at,
  HOUR,
  job,
  jobTelling,
  MINUTE,
  NOW,
  SECOND,
  sourceSubtask,
  split,
  windowSubtask,
  windowsWith,
} from './facts.ts'

const row: RecordRow = {
  fields: { id: '7', fare: '3.5' },
  eventTime: at('10:41:22'),
  watermark: at('10:41:17'),
  filteredBy: [],
  windows: [{ nodeId: 'node-w', name: 'WindowAggregate[3]', time: at('10:41:22') }],
  unknownBehind: [],
}

function told(facts: JobFacts, outcome: RecordOutcome, offset = 50): string {
  const source = { nodeId: 'node-s', splitId: 'rides-0', range: { from: 10, to: 200 }, outcome }
  const [finding] = diagnose(facts, { record: { topic: 'rides', partition: 0, offset, sources: [source] } }).findings
  return [`${finding!.severity}: ${finding!.text}`, ...finding!.details].join('\n')
}

const withRow = (more: Partial<RecordRow> = {}): RecordOutcome => ({ kind: 'rows', rows: [{ ...row, ...more }] })
const FIELDS = [
  'its fields: id=7, fare=3.5',
  "its event time: 2025-11-01 10:41:22; by itself it brings its partition's watermark to 2025-11-01 10:41:17",
]

const open = jobTelling([windowsWith(0, at('10:12:00'), ['10']), windowsWith(1, at('10:12:00'), [])])

describe('a record that was not read', () => {
  it('says how many come before it, and what will become of it', () => {
    expect(told(open, withRow(), 150)).toBe(
      [
        'cause: record rides:0:150 has not been read yet: the source is at offset 100, 50 records come before it',
        ...FIELDS,
        'were it read now, it would come in time for window [2025-11-01 10:00, 11:00) of WindowAggregate[3]',
      ].join('\n'),
    )
  })

  it('says that it would be late', () => {
    expect(told(job(), withRow(), 100)).toMatch(
      /^cause: record rides:0:100 has not been read yet: the source is at offset 100, it is the next one\n[^]*were it read now, it would be late: WindowAggregate\[3\] has fired its last window, at watermark 2025-11-01 10:59:59.999 \(now: 2025-11-01 11:59:58\)$/,
    )
  })

  it('says that it cannot be parsed', () => {
    expect(told(job(), { kind: 'unparsable', error: 'no JSON' }, 100)).toContain('it cannot be parsed: no JSON')
  })

  it('is not there', () => {
    expect(told(job(), { kind: 'not-found', reason: 'it has not been written yet' }, 500)).toBe(
      'cause: record rides:0:500 was not found: it has not been written yet\nthe partition holds offsets 10 up to 200 (the next one to be written)',
    )
  })

  it('is of a topic that the job does not read', () => {
    const { findings } = diagnose(job(), { record: { topic: 'fares', partition: 0, offset: 1, sources: [] } })
    expect(findings[0]!.text).toBe("record fares:0:1 is none of this job's: it does not read topic fares")
  })
})

describe('a record that was read', () => {
  it.each<[string, JobFacts, RecordOutcome, string]>([
    [
      'is in an open window',
      open,
      withRow(),
      [
        'cause: record rides:0:50 was read; its window is still open',
        'it belongs to window [2025-11-01 10:00, 11:00) of WindowAggregate[3], which is open: it fires when the watermark reaches 2025-11-01 10:59:59.999 (now: 2025-11-01 10:12:00)',
        ...FIELDS,
      ].join('\n'),
    ],
    [
      'is in a window that has fired',
      job(),
      withRow(),
      [
        'note: record rides:0:50 was read and is in the result: its windows have fired',
        'window [2025-11-01 10:00, 11:00) of WindowAggregate[3] has fired, at watermark 2025-11-01 10:59:59.999: it is in the result, for no record was dropped as late',
        ...FIELDS,
      ].join('\n'),
    ],
    [
      'was filtered out',
      job(),
      withRow({ filteredBy: ['Calc[2]: where=[(fare > 10)]'], windows: [] }),
      ['cause: record rides:0:50 was read and filtered out by Calc[2]: where=[(fare > 10)]', ...FIELDS].join('\n'),
    ],
    [
      'went to a function that cannot be looked into',
      job(),
      withRow({ windows: [], unknownBehind: ['Map[2]'] }),
      [
        'note: record rides:0:50 was read; what became of it behind Map[2] is not known',
        ...FIELDS,
        'what Map[2] makes of it is not known: it keeps or runs something that cannot be looked at from outside',
      ].join('\n'),
    ],
    [
      'has no value',
      job(),
      { kind: 'no-row' },
      'cause: record rides:0:50 was read and gives no row: it has no value (a tombstone), or its format skips it',
    ],
  ])('%s', (_what, facts, outcome, text) => expect(told(facts, outcome)).toBe(text))

  const late = (row: Record<string, string>, eventTime: number) => ({
    dropped: 3,
    latenessMsMax: HOUR,
    examples: [{ at: NOW - 30 * SECOND, eventTime, watermark: at('11:30:00'), windowEnd: at('10:59:59'), row }],
  })
  const dropping = (examples: ReturnType<typeof late>): JobFacts =>
    jobTelling([windowSubtask(0, at('11:59:58'), { late: examples }), windowSubtask(1, at('11:59:58'))])

  it('was dropped as late', () => {
    expect(told(dropping(late({ id: '7' }, at('10:41:22'))), withRow())).toMatch(
      /^cause: record rides:0:50 was read and dropped as late\nWindowAggregate\[3\] dropped it as late, 30 s ago: the watermark 2025-11-01 11:30:00 had passed its last window, which fired at 2025-11-01 10:59:59; it was 48 min 38 s behind the watermark/,
    )
  })

  it('may have been dropped: that is said, not guessed', () => {
    expect(told(dropping(late({ id: '8' }, at('10:41:22'))), withRow())).toMatch(
      /^note: record rides:0:50 was read, and its windows have fired\n.*unless it came later than that; 3 records were dropped as late, and it is not among the last ones/,
    )
  })

  it('was not dropped where every record that was is known', () => {
    expect(told(dropping({ ...late({ id: '8' }, at('10:41:22')), dropped: 1 }), withRow())).toMatch(
      /^note: record rides:0:50 was read and is in the result: its windows have fired\n.*for only 1 other was dropped as late\n/,
    )
  })

  it('takes the position from what the source counts where nobody answered', () => {
    const base = job()
    const [source, ...others] = base.vertices
    const operators = source!.operators.map((each) => ({
      ...each,
      source: { ...each.source!, positions: { 'rides-0': 40 } },
    }))
    const facts = { ...base, status: 'RESTARTING', subtasks: [], vertices: [{ ...source!, operators }, ...others] }
    expect(told(facts, withRow())).toMatch(
      /^cause: record rides:0:50 has not been read yet: the source is at offset 40, 10 records come before it/,
    )
  })

  it('does not claim to know how far the source has read where it does not', () => {
    const facts = jobTelling([sourceSubtask(0, [split('rides-1', at('11:59:58'), MINUTE)])])
    expect(told(facts, withRow())).toContain('how far the source has read is not known: it may not have read it yet')
  })
})
