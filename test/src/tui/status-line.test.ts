import { expect, test } from 'vitest'
import { openStatusLine } from '../../../src/tui/status-line.ts'

function terminal(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly written: () => string } {
  let text = ''
  const stream = { isTTY, columns: 80, write: (piece: string) => (text += piece) !== '' }
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => text }
}
const withoutCi = <T>(run: () => T): T => {
  const [ci, term] = [process.env['CI'], process.env['TERM']]
  delete process.env['CI']
  process.env['TERM'] = 'xterm'
  try {
    return run()
  } finally {
    if (ci !== undefined) process.env['CI'] = ci
    if (term === undefined) delete process.env['TERM']
    else process.env['TERM'] = term
  }
}

test('writes over its line, draws nothing twice, lets notes pass above, and leaves nothing', () =>
  withoutCi(() => {
    const { stream, written } = terminal(true)
    const status = openStatusLine(stream)
    status.show!((columns) => `half of ${columns}`)
    status.show!((columns) => `half of ${columns}`)
    status.note('Kafka is back')
    status.show!(() => 'all')
    status.close()
    status.note('bye')
    const clear = '\r\u001b[K'
    expect(written()).toBe(`${clear}half of 80${clear}Kafka is back\nhalf of 80${clear}all${clear}bye\n`)
  }))

test('draws nothing where standard error is no terminal', () =>
  withoutCi(() => {
    const { stream, written } = terminal(false)
    const status = openStatusLine(stream)
    expect(status.show).toBeUndefined()
    status.note('a note')
    status.close()
    expect(written()).toBe('a note\n')
  }))
