import { expect, it } from 'vitest'
import { pullPrinter } from '../../../src/output/pull-progress.ts'
import type { PullProgress } from '../../../src/services/session/session-protocol.ts'

const progress = (...states: string[]): PullProgress => ({
  image: 'postgres:18',
  layers: states.map((state, index) => ({ id: `layer${index}`, state, currentBytes: 512, totalBytes: 2048 })),
})

function printed(hasScreen: boolean, ...steps: PullProgress[]): string {
  let text = ''
  const show = pullPrinter((piece) => (text += piece), hasScreen)
  for (const step of steps) show(step)
  return text
}

it('in a pipe: a line for the image and one for each layer that is done', () => {
  const steps = [progress(), progress('Downloading', 'Waiting'), progress('Pull complete', 'Download complete')]
  expect(printed(false, ...steps, progress('Pull complete', 'Already exists'))).toBe(
    [
      'pulling postgres:18',
      '  postgres:18 layer layer0: Pull complete (2 kB), 1 of 2',
      '  postgres:18 layer layer1: Already exists (2 kB), 2 of 2',
      '',
    ].join('\n'),
  )
})

it('in a terminal: the picture is drawn over the one before', () => {
  const text = printed(true, progress('Downloading'), progress('Pull complete'))
  expect(text).toContain('layer0 Downloading 512 B of 2 kB\n\u001b[2A')
  expect(text.endsWith('\u001b[2K  layer0 Pull complete\n')).toBe(true)
})
