import { FlinktsError } from '../../../engine/host.ts'

/** `1x`, `10x`, `0.5x`, or `max`: how many times faster than the records' own times. Throws OPTION_INVALID. */
export function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return text
  const match = /^(\d+(?:\.\d+)?)x$/.exec(text)
  if (match !== null && Number(match[1]) > 0) return Number(match[1])
  throw new FlinktsError('OPTION_INVALID', `'${text}' is no speed`, { fix: 'Write 1x, 10x, 0.5x or max.' })
}
