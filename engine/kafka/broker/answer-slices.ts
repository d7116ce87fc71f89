// Cuts an answer into pieces that are given to the socket one after the other: what lies between them is what a client has
// not taken yet, so that its progress can be seen and TLS never encrypts more than a piece ahead. No piece is small: a
// client waits for all of them, and the next one leaves when the one before was taken.

export const answerSliceBytes = 1024 * 1024

/** Each piece: chunks of together `sliceBytes` to twice as many; less only where there is no more. */
export function* answerSlices(
  chunks: readonly Uint8Array[],
  sliceBytes = answerSliceBytes,
): Generator<readonly Uint8Array[], void> {
  let behind = chunks.reduce((sum, { length }) => sum + length, 0)
  let slice: Uint8Array[] = []
  let left = nextSliceBytes(behind, sliceBytes)
  for (const chunk of chunks)
    for (let start = 0; start < chunk.length;) {
      const part = chunk.subarray(start, start + left)
      slice.push(part)
      start += part.length
      left -= part.length
      behind -= part.length
      if (left > 0) continue
      yield slice
      slice = []
      left = nextSliceBytes(behind, sliceBytes)
    }
}

function nextSliceBytes(behind: number, sliceBytes: number): number {
  return behind < 2 * sliceBytes ? behind : sliceBytes
}
