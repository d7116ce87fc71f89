// Where Kafka takes the first of several equals, it is the first that Java's HashMap gives: an order that looks like none
// but is the same at every start.

const capacityMin = 16
const loadMax = 0.75

/** The order in which a HashMap with these keys, put in one after the other, is gone through. */
export function inJavaHashOrder(keys: readonly string[]): string[] {
  let capacity = capacityMin
  while (keys.length > capacity * loadMax) capacity *= 2
  const bucketOf = (key: string): number => spread(hashCode(key)) & (capacity - 1)
  // Inside of a bucket in the order of coming: sorting is stable.
  return [...keys].sort((a, b) => bucketOf(a) - bucketOf(b))
}

/** Java's String.hashCode. */
function hashCode(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}

function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}
