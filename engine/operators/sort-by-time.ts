const INDEXES_MAX = 2 ** 21
const TIMES_MAX = 2 ** 32

let packed = new Float64Array(0)

/** Sorts row ids by `times[id]` (whole numbers from 0), ids of the same time ascending, in place. */
export function sortByTime(ids: Int32Array, times: Float64Array): void {
  let largestId = 0
  let largestTime = 0
  for (const id of ids) {
    largestId = Math.max(largestId, id)
    largestTime = Math.max(largestTime, times[id]!)
  }
  if (largestId >= INDEXES_MAX || largestTime >= TIMES_MAX) {
    ids.sort((left, right) => times[left]! - times[right]! || left - right)
    return
  }
  // time and id in one double: typed arrays of numbers are sorted natively, without a comparator
  if (packed.length < ids.length) packed = new Float64Array(ids.length * 2)
  for (let index = 0; index < ids.length; index++) packed[index] = times[ids[index]!]! * INDEXES_MAX + ids[index]!
  packed.subarray(0, ids.length).sort()
  for (let index = 0; index < ids.length; index++) ids[index] = packed[index]! % INDEXES_MAX
}
