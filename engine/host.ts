// Plan, run, cluster and services: for src/ only. Exports, nothing else.
export {
  FlinktsError,
  fromErrorData,
  isFlinktsError,
  toErrorData,
  type ErrorData,
  type TextLocation,
} from './common/errors.ts'
export { type ErrorCode } from './common/error-codes.ts'
export { systemClock, type Clock, type Timer } from './time/clock.ts'
