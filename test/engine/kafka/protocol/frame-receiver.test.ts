import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReceiver } from '../../../../engine/kafka/protocol/frame-receiver.ts'

const sizes = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 70_000 }),
    fc.constantFrom(65531, 65532, 65533, 65536, 200_000),
  ),
  { maxLength: 12 },
)
const frameOf = (size: number, index: number) => Buffer.alloc(size, index + 1)
const streamOf = (lengths: readonly number[]) =>
  Buffer.concat(
    lengths.flatMap((size, index) => {
      const head = Buffer.alloc(4)
      head.writeInt32BE(size)
      return [head, frameOf(size, index)]
    }),
  )

describe('FrameReceiver', () => {
  it('cuts the same frames however the stream arrives, and they stay valid', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1 }),
        fc.boolean(),
        (lengths, chunks, direct) => {
          const stream = streamOf(lengths)
          const frames: Buffer[] = []
          const receiver = new FrameReceiver({ onFrame: (frame) => frames.push(frame) })
          for (let position = 0, i = 0; position < stream.length; i++) {
            const wanted = Math.min(chunks[i % chunks.length]!, stream.length - position)
            if (direct) {
              const space = receiver.space()
              expect(space.length).toBeGreaterThan(0)
              const count = stream.copy(space, 0, position, position + wanted)
              receiver.filled(count)
              position += count
            } else {
              receiver.push(stream.subarray(position, position + wanted))
              position += wanted
            }
          }
          expect(frames.length).toBe(lengths.length)
          frames.forEach((frame, index) => expect(frame.equals(frameOf(lengths[index]!, index))).toBe(true))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('receives large frames into the memory it is given, without bytes of the next frame', () => {
    const memory = Buffer.alloc(300_000)
    const frames: Buffer[] = []
    const receiver = new FrameReceiver({
      onFrame: (frame) => frames.push(frame),
      allocate: (size) => memory.subarray(0, size),
    })
    receiver.push(streamOf([10, 250_000, 20]))
    expect(frames.map((frame) => frame.length)).toEqual([10, 250_000, 20])
    expect(frames.map((frame) => frame.buffer === memory.buffer)).toEqual([false, true, false])
  })

  it('holds memory as bytes come in, not as they are announced, and none between frames', () => {
    const head = Buffer.alloc(4)
    head.writeInt32BE(100 * 1024 * 1024)
    const frames: Buffer[] = []
    const receiver = new FrameReceiver({ onFrame: (frame) => frames.push(frame) })
    expect(receiver.heldBytes).toBe(0)
    receiver.push(head)
    const chunk = Buffer.alloc(1024 * 1024, 1)
    for (let sentBytes = 0; sentBytes < 100 * chunk.length; sentBytes += chunk.length) {
      expect(receiver.heldBytes).toBeLessThanOrEqual(1024 * 1024 + 64 * 1024 + 4 * sentBytes)
      receiver.push(chunk)
    }
    expect(frames.map((frame) => frame.length)).toEqual([100 * chunk.length])
    expect(frames[0]!.equals(Buffer.alloc(100 * chunk.length, 1))).toBe(true)
    expect(receiver.heldBytes).toBe(0)
    receiver.push(streamOf([10, 20]).subarray(0, 30))
    expect(receiver.heldBytes).toBeLessThanOrEqual(64 * 1024)
    receiver.push(streamOf([10, 20]).subarray(30))
    expect(receiver.heldBytes).toBe(0)
    expect(frames.slice(1).map((frame) => frame.length)).toEqual([10, 20])
  })

  it.each([0, -1, 101])('refuses a frame of %i bytes', (size) => {
    const head = Buffer.alloc(4)
    head.writeInt32BE(size)
    const receiver = new FrameReceiver({ onFrame: () => undefined, frameBytesMax: 100 })
    expect(() => receiver.push(head)).toThrow(/Kafka frame/)
  })
})
