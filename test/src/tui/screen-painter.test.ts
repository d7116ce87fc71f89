import { expect, test } from 'vitest'
import { line, span } from '../../../src/tui/screen-line.ts'
import { ScreenPainter } from '../../../src/tui/screen-painter.ts'

function painter(abilities = { colour: true, unicode: true }): { written: string[]; painter: ScreenPainter } {
  const written: string[] = []
  return { written, painter: new ScreenPainter({ write: (text) => written.push(text) }, abilities) }
}

test('writes only the lines that changed, and nothing where none did', () => {
  const { written, painter: screen } = painter()
  screen.paint([line('one'), line('two', 'bad'), line('three')])
  expect(written.join('')).toContain('\x1b[?1049h')
  expect(written.join('')).toContain('\x1b[31mtwo\x1b[0m')
  written.length = 0
  screen.paint([line('one'), line('two', 'bad'), line('three')])
  expect(written).toEqual([])
  screen.paint([line('one'), line('2', 'bad'), line('three')])
  expect(written).toEqual(['\x1b[?2026h\x1b[2;1H\x1b[2K\x1b[31m2\x1b[0m\x1b[?2026l'])
  written.length = 0
  screen.paint([line('one')])
  expect(written.join('')).toContain('\x1b[2;1H\x1b[2K\x1b[3;1H\x1b[2K')
})

test('paints everything anew when the terminal has another size', () => {
  const { written, painter: screen } = painter()
  screen.paint([line('one')])
  screen.forget()
  written.length = 0
  screen.paint([line('one')])
  expect(written.join('')).toContain('one')
})

test('gives the terminal back once, and only where it was taken', () => {
  const { written, painter: screen } = painter()
  screen.leave()
  expect(written).toEqual([])
  screen.paint([line('one')])
  screen.leave()
  screen.leave()
  expect(written.filter((text) => text.includes('\x1b[?1049l'))).toHaveLength(1)
  expect(written.at(-1)).toContain('\x1b[?25h')
})

test('without colours and Unicode it is plain ASCII, as wide', () => {
  const { written, painter: screen } = painter({ colour: false, unicode: false })
  screen.paint([[span('┌─┐ ', 'bad'), span('██░ 5–7 … → 漢', 'heading')]])
  const text = written.join('').split('\x1b[2K').at(-1)
  expect(text).toBe('+-+ ##. 5-7 ~ > ?')
})
