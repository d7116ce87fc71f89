import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LogFrames, linesOfLog } from '../../../../src/services/docker/log-frames.ts'

function frame(output: 1 | 2, text: string): Buffer {
  const header = Buffer.from([output, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

it('lines of both outputs are kept apart, and the last may lack its line feed', () => {
  const log = Buffer.concat([frame(1, 'star'), frame(2, 'warning\r\n'), frame(1, 'ted\nand then'), frame(2, 'end\n')])
  expect(linesOfLog(log)).toEqual(['warning', 'started', 'end', 'and then'])
})

it('whatever the pieces are, the lines are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(40)), (texts, cuts) => {
      const lines = texts.map((text) => text.replace(/[\r\n]/g, ''))
      const log = Buffer.concat(lines.map((line) => frame(1, `${line}\n`)))
      const frames = new LogFrames()
      const seen: string[] = []
      let at = 0
      for (const cut of cuts) seen.push(...frames.push(log.subarray(at, (at += cut))))
      seen.push(...frames.push(log.subarray(at)), ...frames.end())
      expect(seen).toEqual(lines)
    }),
  )
})
