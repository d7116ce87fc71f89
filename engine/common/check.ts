import { FlinktsError } from './errors.ts'

/** States an invariant. A failure is a defect of flinkts, never of its input. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new FlinktsError('INTERNAL', message)
}

/** Makes a switch over a closed union complete: a new member no longer compiles. */
export function assertNever(value: never): never {
  throw new FlinktsError('INTERNAL', `unexpected value ${JSON.stringify(value)}`)
}
