// The lines of a log file that somebody else writes, and those that are added to it.
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { FollowLogsOptions } from './service-stack.ts'

const POLL_MS = 100
const CHUNK_BYTES = 64 * 1024

/** Where the last `lines` lines begin. */
function tailStart(descriptor: number, lines: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let position = fstatSync(descriptor).size
  // the line feed that ends the last line begins no other
  let wanted = lines + 1
  let isLast = true
  while (position > 0) {
    const start = Math.max(0, position - CHUNK_BYTES)
    const length = readSync(descriptor, chunk, 0, position - start, start)
    for (let at = length - 1; at >= 0; at--) {
      if (chunk[at] !== 0x0a) {
        if (isLast) wanted = lines // the last line is still being written
      } else if (--wanted === 0) return start + at + 1
      isLast = false
    }
    position = start
  }
  return 0
}

/** Also of a file that is cut off or replaced under the reader, as rotation does. A file that is missing has no lines. */
export async function* followLogFile(
  path: string,
  { tail, follow, signal }: FollowLogsOptions,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let descriptor: number | undefined
  let position = 0
  let rest = ''
  try {
    while (signal?.aborted !== true) {
      if (descriptor === undefined && existsSync(path)) {
        const isFirst = position === 0
        descriptor = openSync(path, 'r')
        position = isFirst ? tailStart(descriptor, tail) : 0
      }
      if (descriptor !== undefined) {
        for (;;) {
          const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, position)
          if (length === 0) break
          position += length
          const parts = (rest + decoder.decode(chunk.subarray(0, length), { stream: true })).split('\n')
          rest = parts.pop()!
          yield* parts
        }
      }
      if (!follow) break
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined)
      const now = statSync(path, { throwIfNoEntry: false })
      if (
        descriptor !== undefined &&
        now !== undefined &&
        (now.ino !== fstatSync(descriptor).ino || now.size < position)
      ) {
        closeSync(descriptor)
        descriptor = undefined
      }
    }
    if (rest !== '') yield rest
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
