import { expect, it } from 'vitest'
import { notePullLine } from '../../../../src/services/docker/pull-image.ts'

it('keeps how far each layer is; other lines are none', () => {
  const layers: Parameters<typeof notePullLine>[0] = new Map()
  const lines = [
    { id: '4.3.1', status: 'Pulling from apache/kafka' },
    { id: '9824c27679d3', status: 'Pulling fs layer', progressDetail: {} },
    { id: '9824c27679d3', status: 'Downloading', progressDetail: { current: 5, total: 10 } },
    { id: '9824c27679d3', status: 'Pull complete', progressDetail: {} },
    { status: 'Digest: sha256:1' },
  ]
  expect(lines.map((line) => notePullLine(layers, line))).toEqual([false, true, true, true, false])
  expect([...layers.values()]).toEqual([
    { id: '9824c27679d3', state: 'Pull complete', currentBytes: undefined, totalBytes: 10 },
  ])
})
