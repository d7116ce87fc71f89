import type { Lab } from './lab.ts'

/** What `check` makes; the runner loads an exercise's `check.ts` and runs it. */
export interface ExerciseCheck {
  readonly kind: 'flinkts-check'
  readonly run: (lab: Lab) => Promise<void>
}

/** The default export of an exercise's `check.ts`. It passes when `run` resolves, and fails with what it throws. */
export function check(run: (lab: Lab) => Promise<void>): ExerciseCheck {
  return { kind: 'flinkts-check', run }
}
