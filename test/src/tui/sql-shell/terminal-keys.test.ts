import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { KeyPress } from '../../../../src/tui/sql-shell/editor-state.ts'
import { TerminalKeys } from '../../../../src/tui/sql-shell/terminal-keys.ts'

class Terminal extends PassThrough {
  isRaw = false
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw
    return this
  }
}

function open(): { keys: TerminalKeys; input: Terminal; output: PassThrough } {
  const input = new Terminal()
  const output = new PassThrough()
  const keys = new TerminalKeys(input as unknown as NodeJS.ReadStream, output as unknown as NodeJS.WriteStream)
  keys.open()
  return { keys, input, output }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it.each([
  ['A', { name: undefined, text: 'A', ctrl: false, meta: false }],
  ['世', { name: undefined, text: '世', ctrl: false, meta: false }],
  ['\r', { name: 'return', ctrl: false, meta: false }],
  ['\n', { name: 'enter', ctrl: false, meta: false }],
  ['\u007f', { name: 'backspace', ctrl: false, meta: false }],
  ['\u0003', { name: 'c', ctrl: true, meta: false }],
  ['\u001f', { name: '_', ctrl: true, meta: false }],
  ['\u001b[A', { name: 'up', ctrl: false, meta: false }],
  ['\u001b[1;5D', { name: 'left', ctrl: true, meta: false }],
  ['\u001bb', { name: 'b', ctrl: false, meta: true }],
  ['\u001b\r', { name: 'return', ctrl: false, meta: true }],
])('%j', async (written, expected) => {
  const { keys, input } = open()
  const heard: KeyPress[] = []
  keys.listen((key) => heard.push(key))
  input.write(written)
  await settled()
  expect(heard).toMatchObject([expected])
})

it('gives a bracketed paste in one piece', async () => {
  const { keys, input } = open()
  const heard: KeyPress[] = []
  keys.listen((key) => heard.push(key))
  input.write('\u001b[200~SELECT\r1;\u001b[201~x')
  await settled()
  expect(heard.map(({ name, text }) => [name, text])).toEqual([
    ['paste', 'SELECT\r1;'],
    [undefined, 'x'],
  ])
})

it('keeps keys for who listens next; the watcher takes what is for it', async () => {
  const { keys, input, output } = open()
  keys.watch((key) => key.ctrl && key.name === 'c')
  input.write('a\u0003b')
  await settled()
  const heard: (string | undefined)[] = []
  keys.listen((key) => heard.push(key.text))
  expect(heard).toEqual(['a', 'b'])
  expect(input.isRaw).toBe(true)
  keys.close()
  expect(input.isRaw).toBe(false)
  expect(String(output.read())).toBe('\u001b[?2004h\u001b[?2004l')
})
