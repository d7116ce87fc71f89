// Bars, sparklines and boxes in Unicode; for terminals without it every character has one of ASCII, as wide.

const SPARKS = '▁▂▃▄▅▆▇█'

const ASCII: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '┌': '+',
  '┐': '+',
  '└': '+',
  '┘': '+',
  '├': '+',
  '┤': '+',
  '┬': '+',
  '┴': '+',
  '┼': '+',
  '═': '=',
  '▶': '>',
  '▼': 'v',
  '▲': '^',
  '►': '>',
  '█': '#',
  '░': '.',
  '▁': '_',
  '▂': '.',
  '▃': '-',
  '▄': '=',
  '▅': '+',
  '▆': '*',
  '▇': '%',
  '…': '~',
  '–': '-',
  '—': '-',
  '·': '.',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '×': 'x',
  '≥': '>',
  '≤': '<',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '±': '~',
  µ: 'u',
}

/** Each character by one of ASCII; what has none by `?`. */
export function toAscii(text: string): string {
  // eslint-disable-next-line no-control-regex -- ASCII is what begins at 0
  return /^[\x00-\x7f]*$/.test(text) ? text : text.replace(/[^\x00-\x7f]/gu, (character) => ASCII[character] ?? '?')
}

/** `███░░░` of `columns`; anything above 0 shows. */
export function bar(percent: number, columns: number): string {
  const share = Math.min(1, Math.max(0, percent / 100))
  const full = share > 0 ? Math.max(1, Math.round(share * columns)) : 0
  return '█'.repeat(full) + '░'.repeat(columns - full)
}

/** The last `columns` values, the highest of them full. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = values.slice(-columns)
  const highest = Math.max(...shown, 0)
  const at = (value: number): string => SPARKS[highest === 0 ? 0 : Math.min(7, Math.round((value / highest) * 7))]!
  return shown.map(at).join('').padStart(columns)
}
