// The job graph as boxes and arrows: vertices by their distance from the sources, with what flows between them.
import { formatCount } from '../../output/quantities.ts'
import type { JobView, VertexView } from '../../services/job-view/job-view.ts'
import { cutToWidth, displayWidth } from '../../output/display-width.ts'
import { fit, line, span, type ScreenLine, type Span, type Style } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'
import { Canvas } from './canvas.ts'
import { outRate, percentText, pressureMark, pressureStyle, ratesText, watermarkText } from './job-figures.ts'

const GAP = 3
const BOX_TEXT_COLUMNS_MIN = 22
const BOX_TEXT_COLUMNS_MAX = 60
/** Rows between two levels: the way out, the way across, the arrow. */
const EDGE_ROWS = 3

/** Operators of a chain: the name, taken apart outside of parentheses. */
export function chainOf(name: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < name.length; at++) {
    if (name[at] === '(') depth++
    else if (name[at] === ')') depth--
    else if (depth === 0 && name.startsWith(' -> ', at)) {
      parts.push(name.slice(start, at))
      start = at + 4
    }
  }
  return [...parts, name.slice(start)]
}

interface BoxText {
  readonly text: string
  readonly style: Style
}

function boxTexts(vertex: VertexView): BoxText[] {
  const [first = '', ...rest] = chainOf(vertex.name)
  const mark = pressureMark(vertex)
  const parallelism = vertex.parallelism === 1 ? '1 subtask' : `${vertex.parallelism} subtasks`
  return [
    { text: first, style: 'bold' },
    ...rest.map((operator): BoxText => ({ text: `-> ${operator}`, style: 'plain' })),
    { text: `${vertex.status}  ${parallelism}  ${mark.text}`.trimEnd(), style: mark.text === '' ? 'dim' : mark.style },
    { text: ratesText(vertex), style: 'plain' },
    {
      text: `busy ${percentText(vertex.busyPercent)}  pressed ${percentText(vertex.backPressuredPercent)}`,
      style: pressureStyle(vertex),
    },
    { text: `wm ${watermarkText(vertex.watermark)}`, style: 'plain' },
  ]
}

/** A place in a level: a vertex, or an edge that passes through on its way to a deeper level. */
interface Place {
  readonly vertex: VertexView | undefined
  readonly texts: readonly BoxText[]
  readonly width: number
  column: number
}
interface Link {
  readonly from: Place
  readonly to: Place
  readonly source: VertexView
  readonly strategy: string
  /** Not the last piece of a way over several levels: no arrow. */
  readonly passes: boolean
}
interface Layout {
  readonly levels: readonly (readonly Place[])[]
  readonly links: readonly (readonly Link[])[]
}

/** The longest way from a source. A vertex whose inputs are not known counts as a source. */
function levelsOf(vertices: readonly VertexView[]): Map<string, number> {
  const levels = new Map<string, number>()
  const known = new Map(vertices.map((vertex) => [vertex.id, vertex]))
  const levelOf = (vertex: VertexView, path: ReadonlySet<string>): number => {
    const found = levels.get(vertex.id)
    if (found !== undefined) return found
    const inner = new Set([...path, vertex.id])
    const inputs = vertex.inputs.flatMap(({ vertexId }) => (inner.has(vertexId) ? [] : (known.get(vertexId) ?? [])))
    const level = inputs.length === 0 ? 0 : 1 + Math.max(...inputs.map((input) => levelOf(input, inner)))
    levels.set(vertex.id, level)
    return level
  }
  for (const vertex of vertices) levelOf(vertex, new Set())
  return levels
}

function layOut({ vertices }: JobView, textColumnsMax: number): Layout {
  const levelOf = levelsOf(vertices)
  const depth = Math.max(0, ...levelOf.values()) + 1
  const levels: Place[][] = Array.from({ length: depth }, () => [])
  const links: Link[][] = Array.from({ length: depth }, () => [])
  const places = new Map<string, Place>()
  for (const vertex of [...vertices].sort((left, right) => levelOf.get(left.id)! - levelOf.get(right.id)!)) {
    const texts = boxTexts(vertex)
    const width = Math.min(textColumnsMax, Math.max(...texts.map(({ text }) => displayWidth(text)))) + 4
    const place: Place = { vertex, texts, width, column: 0 }
    places.set(vertex.id, place)
    const level = levelOf.get(vertex.id)!
    for (const { vertexId, strategy } of vertex.inputs) {
      let from = places.get(vertexId)
      if (from === undefined) continue
      const source = from.vertex!
      for (let between = levelOf.get(vertexId)! + 1; between < level; between++) {
        const through: Place = { vertex: undefined, texts: [], width: 1, column: 0 }
        levels[between]!.push(through)
        links[between - 1]!.push({ from, to: through, source, strategy, passes: true })
        from = through
      }
      links[level - 1]?.push({ from, to: place, source, strategy, passes: false })
    }
    levels[level]!.push(place)
  }
  return { levels, links }
}

function levelWidth(places: readonly Place[]): number {
  return places.reduce((sum, { width }) => sum + width + GAP, -GAP)
}

function centre({ column, width }: Place): number {
  return column + Math.floor(width / 2)
}

function placeColumns({ levels }: Layout): number {
  const total = Math.max(...levels.map(levelWidth))
  for (const places of levels) {
    let column = Math.floor((total - levelWidth(places)) / 2)
    for (const place of places) {
      place.column = column
      column += place.width + GAP
    }
  }
  return total
}

function boxStyle(vertex: VertexView): Style {
  return pressureStyle(vertex)
}

function drawPlace(canvas: Canvas, place: Place, top: number, height: number): void {
  const { vertex, texts, column, width } = place
  if (vertex === undefined) {
    for (let row = top; row < top + height; row++) canvas.write(row, column, [span('│', 'dim')])
    return
  }
  const style = boxStyle(vertex)
  const rule = '─'.repeat(width - 2)
  canvas.write(top, column, [span(`┌${rule}┐`, style)])
  for (const [index, { text, style: textStyle }] of texts.entries()) {
    const inner: Span[] = [span('│ ', style), span(fit(text, width - 4), textStyle), span(' │', style)]
    canvas.write(top + 1 + index, column, inner)
  }
  const bottom = top + texts.length + 1
  canvas.write(bottom, column, [span(`└${rule}┘`, style)])
}

function drawLinks(canvas: Canvas, links: readonly Link[], top: number, levelEnd: number): void {
  for (const { from, to } of links) {
    const [start, end] = [centre(from), centre(to)]
    const boxEnd = from.vertex === undefined ? levelEnd : top + from.texts.length + 2
    canvas.connect({ row: boxEnd, column: start }, { row: levelEnd + EDGE_ROWS - 1, column: end }, levelEnd + 1)
  }
  for (const { from, to, source, strategy, passes } of links) {
    if (from.vertex !== undefined) canvas.label(levelEnd, centre(from) + 2, `${formatCount(outRate(source))}/s`)
    if (passes) continue
    canvas.write(levelEnd + EDGE_ROWS - 1, centre(to), [span('▼')])
    canvas.label(levelEnd + EDGE_ROWS - 1, centre(to) + 2, strategy)
  }
}

/** Where the boxes of a level do not fit side by side: one below the other, each with what it reads. */
function listLines({ vertices }: JobView, columns: number): ScreenLine[] {
  const numbers = new Map(vertices.map(({ id }, index) => [id, index + 1]))
  return vertices.flatMap((vertex, index) => {
    const inputs = vertex.inputs.map(({ vertexId, strategy }) => `(${numbers.get(vertexId) ?? '?'}) ${strategy}`)
    const texts = boxTexts(vertex).map(({ text, style }) => line(`    ${cutToWidth(text, columns - 4)}`, style))
    return [
      line(`(${index + 1})${inputs.length === 0 ? '' : `  reads ${inputs.join(', ')}`}`, boxStyle(vertex)),
      ...texts,
    ]
  })
}

/** The graph, at most so many columns wide. */
export function graphLines(job: JobView, columns: number): ScreenLine[] {
  if (job.vertices.length === 0) return []
  let textColumns = BOX_TEXT_COLUMNS_MAX
  let layout = layOut(job, textColumns)
  while (Math.max(...layout.levels.map(levelWidth)) > columns && textColumns > BOX_TEXT_COLUMNS_MIN) {
    textColumns = Math.max(BOX_TEXT_COLUMNS_MIN, textColumns - 4)
    layout = layOut(job, textColumns)
  }
  if (placeColumns(layout) > columns) return listLines(job, columns)
  const canvas = new Canvas()
  let top = 0
  for (const [level, places] of layout.levels.entries()) {
    const height = Math.max(...places.map(({ texts }) => texts.length + 2))
    for (const place of places) drawPlace(canvas, place, top, height)
    drawLinks(canvas, layout.links[level] ?? [], top, top + height)
    top += height + EDGE_ROWS
  }
  return canvas.lines()
}

export function graphTab({ data, columns }: ScreenState): TabContent {
  return { header: [], lines: data.job === undefined ? [] : graphLines(data.job, columns) }
}
