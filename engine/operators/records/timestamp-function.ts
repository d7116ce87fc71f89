// Event times that a user's function reads from records.
import { FlinktsError } from '../../common/errors.ts'
import type { RowTimes } from '../../time/row-watermarks.ts'
import type { RowType } from '../../types/logical-type.ts'
import { createRecordReader, type UserRecord } from './record-codec.ts'
import { describeValue, UnfitValue } from './record-values.ts'
import { userFunctionError } from './user-function-error.ts'

/** `operator`: the node's name, for messages. The result is used again by the next call. */
export function createTimestampFunction(
  type: RowType,
  operator: string,
  userFunction: ((...parameters: never[]) => unknown) | undefined,
): RowTimes {
  if (userFunction === undefined) {
    throw new FlinktsError('BUNDLE_INVALID', `the job's bundle has no timestamp function for ${operator}`)
  }
  const read = createRecordReader(type)
  const timestampOf = userFunction as (record: UserRecord) => unknown
  let times = new Float64Array(0)
  return (batch) => {
    if (times.length < batch.rowCount) times = new Float64Array(batch.rowCount * 2)
    for (let row = 0; row < batch.rowCount; row++) {
      const record = read(batch.columns, row)
      try {
        const time = timestampOf(record)
        if (!Number.isSafeInteger(time)) {
          throw new UnfitValue(
            `the timestamp function returned ${describeValue(time)}, which is no number of milliseconds`,
          )
        }
        times[row] = time as number
      } catch (cause) {
        throw userFunctionError({ operator, source: undefined }, cause, [record])
      }
    }
    return times
  }
}
