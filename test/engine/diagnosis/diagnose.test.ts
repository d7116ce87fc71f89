import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../engine/diagnosis/diagnose.ts'
import type { Ask, JobFacts } from '../../../engine/diagnosis/job-facts.ts'
import {
  at,
  HOUR,
  job,
  jobTelling,
  MINUTE,
  NOW,
  openWindow,
  quiet,
  SECOND,
  sinkOperator,
  sourceOperator,
  sourceSubtask,
  split,
  subtask,
  vertex,
  windowOperator,
  windowSubtask,
  windowsWith,
} from './facts.ts'

/** What the first finding says, its details below it. */
function first(facts: JobFacts, ask?: Ask): string {
  const [finding] = diagnose(facts, ask).findings
  return [`${finding!.severity} ${finding!.kind}: ${finding!.text}`, ...finding!.details].join('\n')
}

function findingOf(facts: JobFacts, kind: string, ask?: Ask): string {
  const finding = diagnose(facts, ask).findings.find((each) => each.kind === kind)
  return finding === undefined ? 'none' : [`${finding.severity}: ${finding.text}`, ...finding.details].join('\n')
}

const failure = {
  at: NOW - 2 * SECOND,
  error: {
    code: 'JOB_FAILED',
    message: 'the subtask failed',
    cause: {
      code: 'USER_FUNCTION_FAILED',
      message: "map 'Fare[2]' threw: fare is not defined",
      fix: 'mend the function',
      location: { file: 'jobs/fares.ts', line: 12, column: 5 },
    },
  },
  consequence: 'restart in 1000 ms',
  subtask: 'Map[2] (1/2)',
} as const

describe('a job that does not run', () => {
  it.each<[string, JobFacts, string]>([
    [
      'waits to be deployed',
      job({ status: 'CREATED', statusSince: NOW - 3 * SECOND }),
      'cause job-status: the job waits to be deployed, for 3 s now\nTaskManagers are starting, or its sources are being looked at; `flinkts taskmanagers list` shows free slots',
    ],
    [
      'is being deployed',
      job({
        statusSince: NOW - 2 * SECOND,
        vertices: [
          vertex('s', 'Source: rides[1]', [], { subtasks: [subtask(0), subtask(1, { status: 'INITIALIZING' })] }),
          vertex('k', 'Sink', ['s'], { subtasks: [subtask(0, { status: 'SCHEDULED' })] }),
        ],
      }),
      'cause job-status: the job is being deployed: 1 of 3 subtasks run, after 2 s\nSource: rides[1] (2/2): restores its state or connects to its sink\nSink (1/1): waits for a slot',
    ],
    [
      'restarts',
      job({
        status: 'RESTARTING',
        restarts: 3,
        failures: [failure, failure],
        restart: { strategy: 'fixed-delay', attemptsMax: 10, failures: 4, nextAttemptAt: NOW + 12 * SECOND },
      }),
      "cause job-status: the job restarts again and again: map 'Fare[2]' threw: fare is not defined\nrestarted 3 times so far; attempt 4 of 10; next attempt in 12 s\n" +
        'error code: USER_FUNCTION_FAILED, in Map[2] (1/2)\nin the source: jobs/fares.ts:12:5\nwhat to do: mend the function\n' +
        'the last 2 attempts failed with the same cause: without a change it will go on like this',
    ],
    [
      'has failed',
      job({ status: 'FAILED', failures: [{ ...failure, consequence: '1 restarts are used up' }] }),
      "cause job-status: the job has failed: map 'Fare[2]' threw: fare is not defined\nerror code: USER_FUNCTION_FAILED, in Map[2] (1/2)\n" +
        'in the source: jobs/fares.ts:12:5\nwhat to do: mend the function\nwhy it was not restarted: 1 restarts are used up',
    ],
    [
      'was stopped',
      job({
        status: 'STOPPED',
        statusSince: NOW - 90 * MINUTE,
        vertices: [],
        checkpoints: { ...job().checkpoints, nextRun: 'resuming from the savepoint' },
      }),
      'cause job-status: the job was stopped with a savepoint, 1 h 30 min ago\nthe next run: resuming from the savepoint',
    ],
  ])('%s', (_what, facts, text) => expect(first(facts)).toBe(text))

  it('tells of a restart that it survived, without calling it the cause', () => {
    expect(findingOf(job({ restarts: 1, failures: [failure] }), 'job-status')).toMatch(
      /^warning: the job has been restarted: map 'Fare\[2\]' threw: fare is not defined\nrestarted 1 time so far, without a limit; it failed last 2 s ago\n/,
    )
  })

  it('takes a job that runs for a moment between two failures of the same cause for one that restarts', () => {
    const facts = job({ statusSince: NOW - SECOND, restarts: 2, failures: [failure, failure] })
    expect(first(facts)).toMatch(/^cause job-status: the job restarts again and again: map/)
  })
})

describe('event time', () => {
  const ahead = sourceSubtask(0, [split('rides-0', at('11:42:10'), 200)])
  const held = (quietMs: number, watermark: number | undefined, idleTimeoutMs = 0): JobFacts =>
    jobTelling([
      ahead,
      sourceSubtask(1, [split('rides-1', watermark, quietMs)], { idleTimeoutMs }),
      windowsWith(0, at('10:00:00'), ['10', '11']),
      windowsWith(1, at('10:00:00'), []),
    ])

  it('names the partition that holds the watermark back, since when, and what to do', () => {
    expect(first(held(250 * SECOND, at('10:00:00')))).toBe(
      [
        'cause watermark-held: rides-1 holds the watermark back: its last record came 4 min 10 s ago; its watermark is 2025-11-01 10:00:00, rides-0 is at 2025-11-01 11:42:10',
        'without it WindowAggregate[3] would have fired its window at 2025-11-01 10:59:59.999',
        'no idle timeout is set: it is waited for without a limit',
        "what to do: SET 'table.exec.source.idle-timeout' = '10s', or write to every partition, or make the topic with fewer",
      ].join('\n'),
    )
  })

  it('counts down to idleness', () => {
    const text = first(held(18 * SECOND, undefined, 30 * SECOND))
    expect(text).toContain(
      'rides-1 holds the watermark back: it has had no record, for 18 s now; it has no watermark yet',
    )
    expect(text).toContain('becomes idle in 12 s (idle timeout 30 s); then nobody waits for it')
  })

  it('names a subtask without a split', () => {
    const facts = jobTelling([
      ahead,
      sourceSubtask(1, []),
      windowsWith(0, -Infinity, ['10']),
      windowsWith(1, -Infinity, []),
    ])
    expect(first(facts)).toBe(
      [
        'cause watermark-held: Source: rides[1] -> Calc[2] (2/2) holds the watermark back: it has no split to read; it has no watermark yet, rides-0 is at 2025-11-01 11:42:10',
        'without it WindowAggregate[3] would have fired its window at 2025-11-01 10:59:59.999',
        'no idle timeout is set: it is waited for without a limit',
        "what to do: SET 'table.exec.source.idle-timeout' = '10s', or lower the parallelism to the number of partitions",
      ].join('\n'),
    )
  })

  it('speaks of idleAfter to who wrote the job in TypeScript', () => {
    const facts = held(250 * SECOND, undefined)
    const typed = {
      ...facts,
      vertices: [
        { ...facts.vertices[0]!, operators: [sourceOperator({ isTypeScript: true })] },
        ...facts.vertices.slice(1),
      ],
    }
    expect(first(typed)).toContain('what to do: give the watermark strategy `idleAfter: seconds(10)`, or write')
  })

  it('says of a partition that is still being read that it is behind, not that it is silent', () => {
    const behind = sourceSubtask(1, [split('rides-1', at('10:00:00'), 100, { pendingRecords: 12_000 })])
    const facts = jobTelling([
      ahead,
      behind,
      windowsWith(0, at('10:00:00'), ['10']),
      windowsWith(1, at('10:00:00'), []),
    ])
    expect(first(facts)).toMatch(/^cause watermark-held: rides-1 holds .* it still has 12,000 records to read;/)
  })

  it('follows channels up where the sources did not answer', () => {
    const channel = (subtaskIndex: number, watermark: number) => ({
      input: 0,
      vertexId: 's',
      subtaskIndex,
      watermark,
      isIdle: false,
    })
    const window = {
      ...windowsWith(0, at('10:00:00'), ['10']),
      channels: [channel(0, at('11:42:10')), channel(1, at('10:00:00'))],
    }
    const base = job()
    const facts = { ...base, subtasks: [window] }
    expect(findingOf(facts, 'watermark-held')).toMatch(
      /^cause: Source: rides\[1\] -> Calc\[2\] \(2\/2\) holds the watermark back: when its last record came is not known; its watermark is 2025-11-01 10:00:00/,
    )
  })

  it('does not blame a split without which no window would fire either', () => {
    const facts = jobTelling([
      sourceSubtask(0, [split('rides-0', at('10:42:10'), 200 * SECOND)]),
      sourceSubtask(1, [split('rides-1', at('10:42:12'), 250 * SECOND)]),
      windowsWith(0, at('10:42:10'), ['10']),
      windowsWith(1, at('10:42:10'), []),
    ])
    expect(findingOf(quiet(facts), 'watermark-held')).toBe('none')
    expect(first(quiet(facts))).toBe(
      [
        'cause no-input: rides has read everything there is: 2,000 records, none is waiting',
        'rides-0: at 100, which is its end, last record 3 min 20 s ago',
        'rides-1: at 100, which is its end, last record 4 min 10 s ago',
        'WindowAggregate[3]: window [2025-11-01 10:00, 11:00) is open; it waits for 2 splits (rides-0 and rides-1): each needs a record with event time >= 2025-11-01 11:00:04.999',
      ].join('\n'),
    )
  })

  it('finds a watermark that is ahead of the clock, and says what it has cost', () => {
    const far = NOW + 400 * 24 * HOUR
    const late = {
      dropped: 1500,
      latenessMsMax: far - at('11:59:00'),
      examples: [
        { at: NOW - SECOND, eventTime: at('11:59:00'), watermark: far, windowEnd: at('11:59:59'), row: { id: '7' } },
      ],
    }
    const facts = jobTelling([
      sourceSubtask(0, [split('rides-0', far, 200)]),
      sourceSubtask(1, [split('rides-1', far, 200)]),
      windowSubtask(0, far, { late }),
      windowSubtask(1, far),
    ])
    expect(first(facts)).toMatch(
      /^cause watermark-ahead: rides-0 is ahead of the clock: its watermark is 2026-12-06 12:00:00, in 400 d\none record[^]*1,500 records came too late so far/,
    )
  })

  it('names a source without watermarks', () => {
    const base = job()
    const vertices = [
      { ...base.vertices[0]!, operators: [sourceOperator({ watermarks: undefined })] },
      ...base.vertices.slice(1),
    ]
    expect(first({ ...base, vertices })).toBe(
      'cause no-watermarks: rides makes no watermarks: event time stands still, no window over it fires\nwhat to do: declare WATERMARK FOR its time column in CREATE TABLE',
    )
  })

  it('shows instants in the local time of the job', () => {
    const facts = { ...held(250 * SECOND, at('10:00:00')), zone: 'Europe/Berlin' }
    expect(first(facts)).toContain('its watermark is 2025-11-01 11:00:00')
  })
})

describe('windows', () => {
  const open = jobTelling([windowsWith(0, at('10:12:00'), ['10', '11']), windowsWith(1, at('10:12:00'), ['10'])])

  it('says how many are open, which fires next, and what it waits for', () => {
    const facts = {
      ...open,
      subtasks: open.subtasks.map((each) =>
        each.source === undefined
          ? each
          : sourceSubtask(each.subtaskIndex, [split(`rides-${each.subtaskIndex}`, at('10:12:00'), 100)]),
      ),
    }
    expect(findingOf(facts, 'windows')).toBe(
      [
        'note: WindowAggregate[3]: 30 open windows; the next, [2025-11-01 10:00, 11:00) with 20 keys, fires when the watermark reaches 2025-11-01 10:59:59.999; it stands at 2025-11-01 10:12:00, 47 min 59 s to go',
        'it waits for 2 splits (rides-0 and rides-1): each needs a record with event time >= 2025-11-01 11:00:04.999',
        'all up to 2025-11-01 10:12:00 have fired',
        '[2025-11-01 11:00, 12:00): 10 keys',
        'TUMBLE(size=[1 h])',
      ].join('\n'),
    )
  })

  it.each([
    [
      'that has fired',
      '09:00:00',
      undefined,
      /^note windows: WindowAggregate\[3\]: window \[2025-11-01 09:00, 10:00\) has fired: the watermark is at 2025-11-01 10:12:00\n/,
    ],
    [
      'that no record has come for',
      '15:00:00',
      undefined,
      /: window \[2025-11-01 15:00, 16:00\) is not open: no record has come for it yet\nit fires when the watermark reaches 2025-11-01 15:59:59.999;/,
    ],
    [
      'that is open',
      '10:00:00',
      openWindow('10', 7),
      /: window \[2025-11-01 10:00, 11:00\) is open with 7 keys; it fires when the watermark reaches 2025-11-01 10:59:59.999; it stands at 2025-11-01 10:12:00, 47 min 59 s to go/,
    ],
    [
      'that stays for late records',
      '09:30:00',
      { ...openWindow('09', 7), hasFired: true },
      /: window \[2025-11-01 09:00, 10:00\) is open with 7 keys; it has fired and stays open for late records$/,
    ],
  ])('answers for one %s', (_what, time, asked, text) => {
    const subtasks = open.subtasks.map((each) => ({
      ...each,
      operators: each.operators.map((told) =>
        told.windows === undefined || each.subtaskIndex > 0 ? told : { ...told, windows: { ...told.windows, asked } },
      ),
    }))
    expect(first({ ...open, subtasks }, { window: at(time) })).toMatch(text)
  })

  it('narrows to an operator by name, number, table or id, and names the nearest', () => {
    for (const operator of ['WindowAggregate[3]', 'windowaggregate', '3', 'node-w', 'hourly'])
      expect(diagnose(open, { operator }).findings.length).toBeGreaterThan(0)
    expect(findingOf(open, 'windows', { operator: 'hourly' })).toBe('none')
    expect(() => diagnose(open, { operator: 'WindowAgregate' })).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        fix: "Did you mean 'WindowAggregate'? The job's operators are rides[1], WindowAggregate[3], hourly[4].",
      }),
    )
  })
})

describe('rows that do not come through', () => {
  it('counts late records, with how much they were late and examples', () => {
    const late = {
      dropped: 12,
      latenessMsMax: 90 * SECOND,
      examples: [
        {
          at: NOW - 5 * SECOND,
          eventTime: at('11:50:00'),
          watermark: at('11:51:30'),
          windowEnd: at('11:50:59'),
          row: { id: '7', fare: '3.5' },
        },
      ],
    }
    expect(
      findingOf(
        jobTelling([windowSubtask(0, at('11:51:30'), { late }), windowSubtask(1, at('11:51:30'))]),
        'late-records',
      ),
    ).toBe(
      [
        'warning: WindowAggregate[3] has dropped 12 records as late (less than 1 % of those that came): up to 1 min 30 s behind the watermark',
        '5 s ago: event time 2025-11-01 11:50:00, 1 min 30 s behind the watermark 2025-11-01 11:51:30; its last window fired at 2025-11-01 11:50:59: id=7, fare=3.5',
        'what to do: a delay of the watermark that is larger by at least 1 min 30 s would have kept all of them; results then come that much later',
      ].join('\n'),
    )
  })

  it('names the condition that lets nothing pass', () => {
    const filter = { nodeId: 'node-c', name: 'Calc[2]', keepsRows: false, filter: 'where=[(fare < 0)]' }
    const base = job()
    const source = vertex('s', 'Source: rides[1] -> Calc[2]', [], {
      operators: [sourceOperator(), filter],
      subtasks: [subtask(0, { recordsIn: 5000, recordsOut: 0 })],
    })
    expect(first({ ...base, vertices: [source, ...base.vertices.slice(1)] })).toBe(
      'cause filtered: Source: rides[1] -> Calc[2] has taken 5,000 records and passed none on: all are filtered out by Calc[2]\nCalc[2]: where=[(fare < 0)]',
    )
  })

  it('does not take rows for filtered out that a window keeps', () => {
    const filter = { nodeId: 'node-c', name: 'Calc[2]', keepsRows: false, filter: 'where=[(fare < 0)]' }
    const facts = job({
      vertices: [
        vertex('w', 'all', [], {
          operators: [sourceOperator(), filter, windowOperator, sinkOperator],
          subtasks: [subtask(0, { recordsOut: 0 })],
        }),
      ],
      subtasks: [windowsWith(0, at('11:00:00'), ['11'])],
    })
    expect(findingOf(facts, 'filtered')).toBe('none')
  })

  it('counts records that could not be parsed', () => {
    const base = job()
    const source = vertex('s', 'Source: rides[1]', [], {
      operators: [sourceOperator({ unparsable: 40 })],
      subtasks: [subtask(0, { recordsIn: 0, recordsOut: 0 })],
    })
    expect(first({ ...base, vertices: [source, ...base.vertices.slice(1)] })).toMatch(
      /^cause filtered: rides has skipped 40 records that could not be parsed, and read no other\n/,
    )
  })
})

describe('back-pressure and sinks', () => {
  const pressed = { backPressured: 0.9, busy: 0.1 }

  it('follows it down to the vertex that is busy', () => {
    const facts = job({
      vertices: [
        vertex('s', 'Source', [], {
          operators: [sourceOperator({ pending: { before: 0, beforeAt: NOW, now: 5000 } })],
          subtasks: [subtask(0, pressed)],
        }),
        vertex('m', 'Middle', ['s'], { subtasks: [subtask(0, { backPressured: 0.7, busy: 0.3 })] }),
        vertex('k', 'Slow', ['m'], { subtasks: [subtask(0, { busy: 0.98, recordsInPerSecond: 1234 })] }),
      ],
      subtasks: [],
    })
    expect(findingOf(facts, 'back-pressure')).toBe(
      [
        'cause: back-pressure comes from Slow: subtask 1 of 1 is busy 98 % of the time, it takes 1,234/s; Source waits 90 % of its time',
        'it passes up: Middle <- Source',
        'Slow (1/1): busy 98 %, back-pressured 0 %, 1,234/s in, 100/s out',
        'meanwhile 5,000 records wait to be read',
        'what to do: raise parallelism.default, or make that vertex do less for each record',
      ].join('\n'),
    )
  })

  it('names the sink that takes nothing, and since when', () => {
    const base = job()
    const subtasks = base.subtasks.map((each) =>
      each.vertexId === 'k'
        ? { ...each, waitsFor: { kind: 'sink' as const, nodeId: 'node-k', name: 'hourly[4]', sinceMs: 42 * SECOND } }
        : each,
    )
    expect(first({ ...base, subtasks })).toMatch(
      /^cause sink: sink hourly\[4\] waits for the database, for 42 s now: it has written nothing in that time, and all before it waits for it\nit waits in hourly\[4\]: Writer \(1\/2\) and hourly\[4\]: Writer \(2\/2\)\nwhat to do: .*pg_stat_activity/,
    )
  })

  it('says once that a vertex which is source and sink waits for the sink', () => {
    const told = { ...sourceSubtask(0, []), waitsFor: undefined }
    const facts = (sinceMs: number): JobFacts =>
      job({
        vertices: [
          vertex('k', 'all', [], {
            operators: [
              sourceOperator(),
              { ...sinkOperator, sink: { ...sinkOperator.sink!, target: 'table r.hours' } },
            ],
            subtasks: [subtask(0, pressed)],
          }),
        ],
        subtasks: [
          {
            ...told,
            vertexId: 'k',
            waitsFor: { kind: 'sink' as const, nodeId: 'node-k', name: 'hourly[4]', sinceMs },
          },
        ],
      })
    const causes = diagnose(facts(42 * SECOND)).findings.filter(({ severity }) => severity === 'cause')
    expect(causes.map(({ kind }) => kind)).toEqual(['sink'])
    expect(causes[0]!.text).toContain('sink hourly[4] waits for the database (table r.hours), for 42 s now')
    expect(causes[0]!.facts).toMatchObject({ table: 'hourly', target: 'table r.hours' })
    // where it is slow, not stuck, nothing else tells of it
    expect(findingOf(facts(100), 'back-pressure')).toContain('back-pressure comes from the sink of all')
  })

  it('names the sink whose target has not committed for some time, though its buffers take more', () => {
    const base = job()
    const waiting = (owedForMs: number): JobFacts => ({
      ...base,
      subtasks: base.subtasks.map((each) =>
        each.vertexId === 'k' ? { ...each, sinks: [{ nodeId: 'node-k', name: 'hourly[4]', owedForMs }] } : each,
      ),
    })
    expect(first(waiting(9 * SECOND))).toMatch(
      /^cause sink: sink hourly\[4\] waits for the database, for 9 s now: it has not committed the rows that it was sent\n/,
    )
    expect(first(waiting(900))).not.toContain('sink')
    const [source, window, sink] = waiting(4 * SECOND).vertices
    const toKafka = { ...sinkOperator, sink: { tableName: 'hourly', connector: 'kafka' } }
    const vertices = [source!, window!, { ...sink!, operators: [toKafka] }]
    expect(first({ ...waiting(4 * SECOND), vertices })).toMatch(
      /^cause sink: sink hourly\[4\] waits for Kafka, for 4 s now: it has not acknowledged the rows that it was sent\n[^]*\nwhat to do: see whether the broker answers .*flinkts topics describe hourly\).*flinkts logs kafka/,
    )
    const otherTopic = { ...toKafka, sink: { ...toKafka.sink, target: 'topic totals' } }
    expect(
      first({ ...waiting(4 * SECOND), vertices: [source!, window!, { ...sink!, operators: [otherTopic] }] }),
    ).toMatch(/waits for Kafka \(topic totals\)[^]*flinkts topics describe totals\)/)
  })

  it('names the sink that a checkpoint waits for', () => {
    const inProgress = { id: 7, since: NOW - 8 * SECOND, subtasks: 6, acknowledged: 4, missing: ['k/0', 'k/1'] }
    expect(first(job({ checkpoints: { ...job().checkpoints, inProgress } }))).toMatch(
      /^cause sink: sink hourly\[4\] has not written what it was given: the database has not taken it for 8 s, since checkpoint 7 began\n4 of 6 subtasks/,
    )
  })
})

describe('input', () => {
  it.each<[string, JobFacts, RegExp]>([
    [
      'nothing to read',
      quiet(
        job({
          vertices: [
            vertex('s', 'Source', [], {
              operators: [sourceOperator()],
              subtasks: [subtask(0, { recordsIn: 0, recordsOut: 0 })],
            }),
          ],
        }),
      ),
      /^cause no-input: rides has had nothing to read: no record came in 1 h\nrides-0: at 100, which is its end/,
    ],
    [
      'nothing written since it began at the latest offset',
      quiet(
        job({
          vertices: [
            vertex('s', 'Source', [], {
              operators: [sourceOperator({ startup: 'latest-offset' })],
              subtasks: [subtask(0, { recordsIn: 0, recordsOut: 0 })],
            }),
          ],
        }),
      ),
      /^cause no-input: rides begins at the latest offset, and nothing has been written since the job began\n[^]*'scan.startup.mode' = 'earliest-offset'/,
    ],
  ])('has %s', (_what, facts, text) => expect(first(facts)).toMatch(text))

  it.each([
    [
      'falls',
      30_000,
      /^note: rides has 20,000 records still to read: 200\/s are read, the rest falls by 1,000\/s: read up in about 20 s\n/,
    ],
    [
      'grows',
      10_000,
      /^warning: rides has 20,000 records still to read: 200\/s are read, and still the rest grows by 1,000\/s: the job is too slow/,
    ],
  ])('has a lag that %s', (_what, before, text) => {
    const base = job()
    const behind = sourceSubtask(0, [split('rides-0', at('11:59:58'), 100, { pendingRecords: 20_000 })])
    const pending = { before, beforeAt: NOW - 10 * SECOND, now: 20_000 }
    const vertices = [{ ...base.vertices[0]!, operators: [sourceOperator({ pending })] }, ...base.vertices.slice(1)]
    expect(findingOf(jobTelling([behind], { vertices }), 'lag')).toMatch(text)
  })

  it('reads nothing although there is something', () => {
    const behind = sourceSubtask(0, [split('rides-0', at('11:59:58'), 100, { pendingRecords: 20_000 })])
    expect(first(quiet(jobTelling([behind])))).toMatch(
      /^cause lag: rides reads nothing, although 20,000 records are waiting/,
    )
  })
})

describe('checkpoints', () => {
  const with_ = (more: Partial<JobFacts['checkpoints']>): JobFacts =>
    job({ checkpoints: { ...job().checkpoints, ...more } })

  it.each<[string, JobFacts, string]>([
    [
      'in progress for too long',
      with_({
        inProgress: { id: 361, since: NOW - 45 * SECOND, subtasks: 6, acknowledged: 3, missing: ['w/0', 'k/0'] },
      }),
      'warning: checkpoint 361 has been in progress for 45 s: 3 of 6 subtasks have taken part; the last complete one, 360, is 4 s old (360 in all)',
    ],
    [
      'failed',
      with_({ failed: 2, lastFailed: { id: 362, at: NOW - SECOND, reason: 'checkpoint 362 expired after 600000 ms' } }),
      'warning: checkpoint 362 failed 1 s ago: checkpoint 362 expired after 600000 ms',
    ],
    [
      'not taken at all',
      with_({ intervalMs: undefined, lastCompleted: undefined }),
      'note: no checkpoints are taken: after a crash the job starts from its beginning and writes its rows again',
    ],
  ])('tells of one %s', (_what, facts, text) => expect(findingOf(facts, 'checkpoints').split('\n')[0]).toBe(text))
})

it('says that a job is healthy, with the figures that prove it', () => {
  const { findings } = diagnose(job())
  expect(findings.map(({ severity }) => severity)).not.toContain('cause')
  expect(findingOf(job(), 'healthy')).toBe(
    [
      'note: the job runs, for 1 h: 200/s read, 0 waiting, 2,000 rows written',
      '2,000 records read in this attempt; the busiest subtask works 10 % of its time',
      'the watermark is 2025-11-01 11:59:58, 2 s behind the clock',
      'checkpoint 360 completed 4 s ago in 30 ms; 0 have failed',
      'it has not been restarted',
    ].join('\n'),
  )
})

it('says of whom it knows nothing', () => {
  const base = job()
  const facts = { ...base, subtasks: base.subtasks.filter(({ vertexId }) => vertexId !== 'k') }
  expect(findingOf(facts, 'unanswered')).toBe(
    "warning: 2 of the job's subtasks did not answer in time: what is said here leaves them out\nhourly[4]: Writer (1/2)\nhourly[4]: Writer (2/2)",
  )
})
