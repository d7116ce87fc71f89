import { FlinktsError, nearestName } from '../../engine/host.ts'

/** `jobs stopp zone-totals`: of what was asked as many words as a command has, the most first. */
function meantBy(asked: string, commands: readonly string[]): string | undefined {
  const words = asked.split(' ')
  for (let count = words.length; count > 0; count--) {
    const near = nearestName(
      words.slice(0, count).join(' '),
      commands.filter((command) => command.split(' ').length === count),
    )
    if (near !== undefined) return near
  }
  return undefined
}

/** `asked` and `commands`: words separated by blanks. */
export function unknownCommand(bin: string, asked: string, commands: readonly string[]): FlinktsError {
  const near = meantBy(asked, commands)
  const meant = near === undefined ? '' : `Did you mean '${bin} ${near}'? `
  return new FlinktsError('COMMAND_UNKNOWN', `'${asked}' is not a command of ${bin}`, {
    fix: `${meant}'${bin} --help' lists the commands.`,
  })
}
