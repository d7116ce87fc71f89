// Which of `size` keys an event is of: as the generator prefers, or by Zipf's law.

/** An index from 0 to below the size; 0 is the most frequent one of a skewed distribution. */
export type PickKey = () => number

/** Every key as often. */
export const uniformKey =
  (size: number) =>
  (random: () => number): number =>
    Math.floor(random() * size)

/** Key `k` (from 0) has the weight 1 / (k + 1)^exponent. Draws one number per pick. */
export function zipfKey(size: number, exponent: number, random: () => number): PickKey {
  const cumulated = new Float64Array(size)
  let total = 0
  for (let key = 0; key < size; key++) cumulated[key] = total += (key + 1) ** -exponent
  return () => {
    const wanted = random() * total
    let [low, high] = [0, size - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulated[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}
