/** A seeded source of numbers in [0, 1): the same seed gives the same events on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A stream for each name under one seed, so that what one draws does not move the others (names by FNV-1a). */
export function randomStreams(seed: number): (name: string) => () => number {
  return (name) => {
    let hash = 0x811c9dc5
    for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
    return seededRandom(hash ^ Math.imul(seed, 0x9e3779b1))
  }
}
