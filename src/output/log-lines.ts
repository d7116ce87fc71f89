// Lines of logs as text.
import type { LogLine } from '../services/logs/read-logs.ts'

const SOURCE_WIDTH = 9

/** Where lines of several sources stand together, each begins with its source. */
export function renderLogLine({ source, line }: LogLine, withSource: boolean): string {
  return withSource ? `${source.padEnd(SOURCE_WIDTH)}| ${line}` : line
}
