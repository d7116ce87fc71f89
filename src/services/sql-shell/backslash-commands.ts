// The shell's own commands, as psql names them. Pure.
import { FlinktsError, nearestName } from '../../../engine/host.ts'

export const backslashCommands = {
  '\\?': { argument: '', text: 'this list' },
  '\\d': { argument: '[name]', text: 'tables and views; of one: its columns, watermark and options' },
  '\\dt': { argument: '[pattern]', text: 'tables' },
  '\\df': { argument: '[pattern]', text: 'functions, e.g. \\df to_%' },
  '\\j': { argument: '', text: 'jobs of the session (SHOW JOBS)' },
  '\\x': { argument: '', text: 'rows upright, one column a line, and back' },
  '\\timing': { argument: '', text: 'how long statements took: off and on' },
  '\\q': { argument: '', text: 'leave (also quit, exit, Ctrl-D)' },
} as const satisfies Readonly<Record<string, { readonly argument: string; readonly text: string }>>

export type BackslashName = keyof typeof backslashCommands

export interface BackslashCommand {
  readonly name: BackslashName
  readonly argument: string
}

const names = Object.keys(backslashCommands) as BackslashName[]

/** Words that are commands without a backslash, where they stand alone. */
const plainWords: Readonly<Record<string, BackslashName>> = { help: '\\?', quit: '\\q', exit: '\\q' }

const isKnown = (name: string): name is BackslashName => names.some((each) => each === name)

/** Undefined: the text is SQL. Throws OPTION_INVALID with the nearest command. */
export function parseBackslashCommand(text: string): BackslashCommand | undefined {
  const line = text.trim().replace(/\s*;$/, '')
  const plain = plainWords[line.toLowerCase()]
  if (plain !== undefined) return { name: plain, argument: '' }
  if (!line.startsWith('\\')) return undefined
  const [name = '', ...rest] = line.split(/\s+/)
  if (isKnown(name)) return { name, argument: rest.join(' ') }
  const near = nearestName(name, names)
  throw new FlinktsError('OPTION_INVALID', `There is no command ${name}.`, {
    fix: near === undefined ? '\\? lists the commands.' : `Did you mean ${near}? \\? lists all.`,
  })
}

/** Name and argument, what it does. */
export function backslashHelp(): [command: string, text: string][] {
  return names.map((name) => {
    const { argument, text } = backslashCommands[name]
    return [`${name} ${argument}`.trim(), text]
  })
}
