import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { HeldScreen } from '../../../src/tui/held-screen.ts'
import { line } from '../../../src/tui/screen-line.ts'

const LEFT = '\x1b[?1049l'

class Output extends EventEmitter {
  columns: number | undefined = 60
  rows: number | undefined = 10
  written = ''
  write(text: string): boolean {
    this.written += text
    return true
  }
}

function held() {
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) })
  const output = new Output()
  const keys: string[] = []
  const sizes: unknown[] = []
  const exits = process.listenerCount('exit')
  const screen: HeldScreen = new HeldScreen(
    { input: input as unknown as NodeJS.ReadStream, output: output as unknown as NodeJS.WriteStream },
    { press: (key) => keys.push(key), redraw: () => sizes.push(screen.size) },
  )
  screen.open()
  return { screen, input, output, keys, sizes, raw, exits }
}

test('gives keys as names, and tells when the terminal has another size', () => {
  const { screen, input, output, keys, sizes } = held()
  screen.paint([line('one')])
  input.emit('keypress', 'x', { name: 'x' })
  input.emit('keypress', undefined, { name: 'up' })
  expect(keys).toEqual(['x', 'up'])
  output.columns = 100
  output.emit('resize')
  expect(sizes).toEqual([{ columns: 100, rows: 10 }])
  output.written = ''
  screen.paint([line('one')])
  expect(output.written).toContain('one')
  screen.close()
})

test('is gone when it is closed: nothing is painted, no key is taken, nobody listens', () => {
  const { screen, input, output, keys, raw, exits } = held()
  screen.paint([line('one')])
  screen.close()
  expect(output.written).toContain(LEFT)
  expect(raw).toEqual([true, false])
  output.written = ''
  screen.paint([line('two')])
  input.emit('keypress', 'x', { name: 'x' })
  screen.close()
  expect([output.written, keys, screen.isHeld]).toEqual(['', [], false])
  expect([output.listenerCount('resize'), process.listenerCount('exit')]).toEqual([0, exits])
})

test('gives the terminal back where the process ends before it is closed', () => {
  const { screen, output } = held()
  screen.paint([line('one')])
  const last = process.listeners('exit').at(-1)!
  last(0)
  expect(output.written).toContain(LEFT)
  screen.close()
})
