// oclif's hook: `flinkts rnu` says what was probably meant.
import type { Hook } from '@oclif/core'
import { renderError } from '../output/error-page.ts'
import { unknownCommand } from '../services/unknown-command.ts'

const words = (id: string): string => id.replaceAll(':', ' ')

const hook: Hook.CommandNotFound = function ({ id, config }) {
  const error = unknownCommand(config.bin, words(id), config.commandIDs.map(words))
  process.stderr.write(`${renderError(error)}\n`)
  process.exitCode = 2
  return Promise.resolve()
}

export default hook
