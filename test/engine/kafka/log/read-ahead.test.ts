import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BufferPool } from '../../../../engine/kafka/broker/buffer-pool.ts'
import { LogFile } from '../../../../engine/kafka/log/log-file.ts'
import { ReadAhead } from '../../../../engine/kafka/log/read-ahead.ts'
import { ReleasedByAge } from '../../../../engine/kafka/log/released-by-age.ts'
import { temporaryDirectory } from './log-fixture.ts'

const blockBytes = 100 * 1024
const fileBytes = 40 * blockBytes

function opened() {
  const content = Buffer.alloc(fileBytes, Buffer.from('one file whose bytes differ from place to place\n'))
  const path = join(temporaryDirectory(), 'file')
  writeFileSync(path, content)
  const file = new LogFile(path, new ReleasedByAge(10))
  const taken = new Set<Buffer>()
  const pool = new BufferPool()
  const memory = {
    take: (bytes: number) => {
      const buffer = pool.take(bytes)
      taken.add(buffer)
      return buffer
    },
    giveBack: (buffer: Buffer) => {
      expect(taken.delete(buffer)).toBe(true)
      pool.giveBack(buffer)
    },
  }
  return { content, file, taken, readAhead: new ReadAhead(memory) }
}

test('what was begun is claimed once, by who asks for just that, and its memory is the claimant’s', async () => {
  const { content, file, taken, readAhead } = opened()
  readAhead.begin(file, blockBytes, blockBytes)
  readAhead.begin(file, blockBytes, blockBytes)
  expect(taken.size).toBe(1)
  expect(readAhead.claim(file, 0, blockBytes)).toBeUndefined()
  const block = readAhead.claim(file, blockBytes, blockBytes)!
  expect(await block.count).toBe(blockBytes)
  expect(block.bytes.subarray(0, blockBytes)).toEqual(content.subarray(blockBytes, 2 * blockBytes))
  expect(readAhead.claim(file, blockBytes, blockBytes)).toBeUndefined()
  expect([...taken]).toEqual([block.bytes])
})

test('blocks that nobody comes for give their memory back: the oldest, those of another length, unreadable ones', async () => {
  const { file, taken, readAhead } = opened()
  for (let block = 0; block < 30; block++) readAhead.begin(file, block * blockBytes, blockBytes)
  await expect.poll(() => taken.size).toBe(8)
  expect(readAhead.claim(file, 0, blockBytes)).toBeUndefined()
  expect(readAhead.claim(file, 29 * blockBytes, blockBytes + 1)).toBeUndefined()
  await expect.poll(() => taken.size).toBe(7)
  file.close()
  readAhead.begin(file, 0, blockBytes)
  await expect.poll(() => taken.size).toBe(7)
  expect(readAhead.claim(file, 0, blockBytes)).toBeUndefined()
})

test('little is read at once anyway, and much keeps its reader busy: neither is read ahead', () => {
  const { file, taken, readAhead } = opened()
  readAhead.begin(file, 0, 1000)
  readAhead.begin(file, 0, 3 * 1024 * 1024)
  expect(taken.size).toBe(0)
})
