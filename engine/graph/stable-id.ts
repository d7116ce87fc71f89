// Ids that stay the same from run to run: state in a checkpoint is found by them. Role of Flink's StreamGraphHasherV2.
// Pure JavaScript, because graphs are also built inside a JVM, where Node's crypto does not exist.

function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** 128 bits as 32 hex digits, the look of Flink's ids. Not cryptographic. */
export function stableHash(text: string): string {
  const lanes = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef]
  const multipliers = [0x5bd1e995, 0x1b873593, 0xcc9e2d51, 0xc2b2ae3d]
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    for (let lane = 0; lane < 4; lane++) {
      const rotated = (lanes[lane]! << 13) | (lanes[lane]! >>> 19)
      lanes[lane] = Math.imul(rotated ^ unit, multipliers[lane]!) + lane
    }
  }
  return lanes
    .map((lane, index) =>
      mix(lane ^ Math.imul(text.length, index + 1))
        .toString(16)
        .padStart(8, '0'),
    )
    .join('')
}

/** An input among a node's `inputIds`: where it comes from, and by which output. */
export function placeOfEdge({ from, output }: { readonly from: string; readonly output?: string | undefined }): string {
  return output === undefined ? from : `${from}/${output}`
}

/**
 * The id of a node without a uid: from what it does and from what feeds it. Two nodes that do the same on the same
 * inputs differ by `occurrence` (0 for the first).
 */
export function deriveNodeId(kind: string, description: string, inputIds: readonly string[], occurrence = 0): string {
  return stableHash(JSON.stringify([kind, description, inputIds, occurrence]))
}
