import { render } from 'ink-testing-library'
import { expect, test } from 'vitest'
import { JobScreen } from '../../../src/tui/job-screen.tsx'

const state = {
  job: undefined,
  log: [],
  help: false,
  isWatched: false,
  notice: 'waiting for the job …',
  columns: 80,
  rows: 24,
}

test('prints the lines and hands keys on', async () => {
  const keys: string[] = []
  const screen = render(<JobScreen state={state} onKey={(key) => keys.push(key)} />)
  expect(screen.lastFrame()).toContain('waiting for the job …')
  await expect.poll(() => (screen.stdin.write('c'), keys)).toContain('c')
  await expect.poll(() => (screen.stdin.write('\u0003'), keys)).toContain('ctrl-c')
  screen.unmount()
})
