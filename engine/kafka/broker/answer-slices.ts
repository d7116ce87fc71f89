// Cuts an answer into pieces that are given to the socket one after the other: what lies between them is what a client has
// not taken yet, so that its progress can be seen and TLS never encrypts more than a piece ahead.

export const answerSliceBytes = 1024 * 1024

/** Each piece: chunks of together at most `sliceBytes`. */
export function* answerSlices(
  chunks: readonly Uint8Array[],
  sliceBytes = answerSliceBytes,
): Generator<readonly Uint8Array[], void> {
  let slice: Uint8Array[] = []
  let left = sliceBytes
  for (const chunk of chunks)
    for (let start = 0; start < chunk.length;) {
      const part = chunk.subarray(start, start + left)
      slice.push(part)
      start += part.length
      left -= part.length
      if (left > 0) continue
      yield slice
      slice = []
      left = sliceBytes
    }
  if (slice.length > 0) yield slice
}
