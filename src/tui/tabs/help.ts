// Every key of the screen.
import { line, span, wrapText, type ScreenLine } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'

type Key = readonly [keys: string, meaning: string]

const MOVING: readonly Key[] = [
  ['1 … 8, ← →, tab', 'another tab'],
  ['↑ ↓, pgup pgdn, home end', 'scroll; on checkpoints choose one, enter opens it'],
  ['w', 'why: what is in the way of the job, the cause first'],
  ['/', 'logs: lines with a text only'],
  ['l', "logs: another log: this command's, job's, session's"],
  ['j', 'the next job of the session'],
  ['esc', 'back'],
]
const ACTING: readonly Key[] = [
  ['s', 'take a savepoint; the job goes on'],
  ['x', 'stop with a savepoint (the next run goes on from it)'],
  ['c, then y', 'cancel the job (the next run begins afresh)'],
  ['r', "replay: write a topic's records again, asks from where"],
]
const KEY_COLUMNS = 25
/** Where every meaning fits beside its keys. */
const BESIDE_COLUMNS_MIN = 80
const WORDS =
  'in/s, out/s: records per second; busy, back-pressured: share of time of the subtask that is it most; late: rows dropped behind the watermark. Times are UTC.'

function keyLines([keys, meaning]: Key, columns: number): ScreenLine[] {
  if (columns >= BESIDE_COLUMNS_MIN) return [[span(keys.padEnd(KEY_COLUMNS), 'bold'), span(meaning)]]
  return [line(keys, 'bold'), ...wrapText(`  ${meaning}`, columns, 2).map((text) => line(text))]
}

export function helpPane({ isWatched, columns }: ScreenState): TabContent {
  const leaving: Key = isWatched
    ? ['q, ctrl-c', 'leave; the job goes on']
    : ['q, ctrl-c', 'stop with a savepoint and leave; ctrl-c again: at once']
  return {
    header: [],
    lines: [
      ...[leaving, ...ACTING].flatMap((key) => keyLines(key, columns)),
      line(''),
      ...MOVING.flatMap((key) => keyLines(key, columns)),
      line(''),
      ...wrapText(WORDS, columns).map((text) => line(text, 'dim')),
    ],
  }
}
