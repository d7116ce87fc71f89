import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { align, initialAlignment, type AlignmentEvent } from '../../../engine/exchange/barrier-alignment.ts'
import type { CheckpointBarrier } from '../../../engine/types/stream-element.ts'

function barrier(checkpointId: number): CheckpointBarrier {
  return { kind: 'barrier', checkpointId, triggeredAt: 0, type: 'checkpoint', location: '', stop: false, drain: false }
}
const at = (channel: number, checkpointId: number): AlignmentEvent => ({
  kind: 'barrier',
  channel,
  barrier: barrier(checkpointId),
})
const ended = (channel: number): AlignmentEvent => ({ kind: 'ended', channel })

/** Actions after each event, in short: `!0` block, `*` unblock, `=1` complete, `.` end. */
function run(channels: number, events: readonly AlignmentEvent[]): string[] {
  let state = initialAlignment(channels)
  return events.map((event) => {
    const [next, actions] = align(state, event)
    state = next
    return actions
      .map((action) => {
        if (action.kind === 'block') return `!${action.channel}`
        if (action.kind === 'complete') return `=${action.barrier.checkpointId}`
        return action.kind === 'unblock-all' ? '*' : '.'
      })
      .join('')
  })
}

describe('barrier alignment', () => {
  it.each<[string, number, AlignmentEvent[], string[]]>([
    ['one channel needs no waiting', 1, [at(0, 1)], ['!0=1*']],
    ['blocks until all are there', 3, [at(2, 1), at(0, 1), at(1, 1)], ['!2', '!0', '!1=1*']],
    ['does not wait for channels that ended', 2, [ended(1), at(0, 1)], ['', '!0=1*']],
    ['is complete when the last missing channel ends', 2, [at(0, 1), ended(1), ended(0)], ['!0', '=1*', '.']],
    ['gives up a checkpoint that is overtaken', 2, [at(0, 1), at(1, 2), at(0, 2)], ['!0', '*!1', '!0=2*']],
    ['ignores what is over', 2, [at(0, 2), at(1, 2), at(0, 1), at(1, 2)], ['!0', '!1=2*', '', '']],
    ['ends when all channels have', 2, [ended(0), ended(1)], ['', '.']],
  ])('%s', (_, channels, events, expected) => {
    expect(run(channels, events)).toEqual(expected)
  })

  it('completes every checkpoint once, in order, where each channel carries all barriers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat()),
        (channels, barriers, picks) => {
          const next = Array.from({ length: channels }, () => 1)
          const blocked = new Set<number>()
          const completed: number[] = []
          let state = initialAlignment(channels)
          while (next.some((id) => id <= barriers)) {
            const ready = next.flatMap((id, channel) => (id <= barriers && !blocked.has(channel) ? [channel] : []))
            const channel = ready[picks.next().value! % ready.length]!
            const [after, actions] = align(state, at(channel, next[channel]!++))
            state = after
            for (const action of actions) {
              if (action.kind === 'block') blocked.add(action.channel)
              else if (action.kind === 'unblock-all') blocked.clear()
              else if (action.kind === 'complete') completed.push(action.barrier.checkpointId)
            }
          }
          expect(completed).toEqual(Array.from({ length: barriers }, (_, index) => index + 1))
        },
      ),
    )
  })
})
