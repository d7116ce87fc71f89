import { FlinktsError, nearestName } from '../../engine/host.ts'

/** `asked` and `commands`: words separated by blanks. */
export function unknownCommand(bin: string, asked: string, commands: readonly string[]): FlinktsError {
  const near = nearestName(asked, commands)
  const meant = near === undefined ? '' : `Did you mean '${bin} ${near}'? `
  return new FlinktsError('COMMAND_UNKNOWN', `'${asked}' is not a command of ${bin}`, {
    fix: `${meant}'${bin} --help' lists the commands.`,
  })
}
