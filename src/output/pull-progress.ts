// How far the pull of an image is: layer by layer in a terminal, line by line elsewhere.
import type { PullProgress } from '../services/session/session-protocol.ts'
import { formatBytes } from './quantities.ts'

type Layer = PullProgress['layers'][number]

const isDone = ({ state }: Layer): boolean => /complete$|^Already exists$/i.test(state) && state !== 'Download complete'

function layerLine(layer: Layer): string {
  const { id, state, currentBytes, totalBytes } = layer
  const amount =
    isDone(layer) || currentBytes === undefined
      ? ''
      : ` ${formatBytes(currentBytes)}${totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`}`
  return `  ${id} ${state}${amount}`
}

/** The whole picture, to be drawn over the one before. */
export function renderPull({ image, layers }: PullProgress): string[] {
  return [`Pulling ${image}: ${layers.filter(isDone).length} of ${layers.length} layers`, ...layers.map(layerLine)]
}

/** Lines for what has changed since `before`: the image's name at first, then each layer that is done. */
export function pullNews(before: PullProgress | undefined, now: PullProgress): string[] {
  const known = new Set(before?.layers.filter(isDone).map(({ id }) => id))
  const news = now.layers.filter((layer) => isDone(layer) && !known.has(layer.id))
  const done = now.layers.filter(isDone).length
  return [
    ...(before === undefined ? [`pulling ${now.image}`] : []),
    ...news.map(({ id, state, totalBytes }) => {
      const size = totalBytes === undefined ? '' : ` (${formatBytes(totalBytes)})`
      return `  ${now.image} layer ${id}: ${state}${size}, ${done} of ${now.layers.length}`
    }),
  ]
}

/** Draws over its own lines where somebody looks; several images may be pulled at once. */
export function pullPrinter(write: (text: string) => void, hasScreen: boolean): (progress: PullProgress) => void {
  const latest = new Map<string, PullProgress>()
  let drawn = 0
  return (progress) => {
    const before = latest.get(progress.image)
    latest.set(progress.image, progress)
    if (!hasScreen) {
      for (const line of pullNews(before, progress)) write(`${line}\n`)
      return
    }
    const lines = [...latest.values()].flatMap(renderPull)
    write(`${drawn === 0 ? '' : `\u001b[${drawn}A`}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`)
    drawn = lines.length
  }
}
