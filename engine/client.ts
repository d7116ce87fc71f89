// What reaching the session takes: errors, processes, the clock. For src/ only. A door of its own, because `flinkts status`
// must answer at once, and `host.ts` brings everything that runs jobs. Exports, nothing else.
export { formatDuration } from './common/format-duration.ts'
export { FlinktsError, fromErrorData, isFlinktsError, type ErrorData } from './common/errors.ts'
export { nearestName } from './common/near-name.ts'
export { isAlive, type ProcessIdentity } from './common/process-identity.ts'
export { systemClock } from './time/clock.ts'
