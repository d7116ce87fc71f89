import { expect, it } from 'vitest'
import { unknownCommand } from '../../../src/services/unknown-command.ts'

it.each([
  ['rnu', "Did you mean 'flinkts run'? "],
  ['jobs stopp zone-totals', "Did you mean 'flinkts jobs stop'? "],
  ['jbs stop zone-totals', "Did you mean 'flinkts jobs stop'? "],
  ['nothing like it', ''],
])('%s', (asked, meant) => {
  expect(unknownCommand('flinkts', asked, ['run', 'topics list', 'jobs list', 'jobs stop'])).toMatchObject({
    code: 'COMMAND_UNKNOWN',
    message: `'${asked}' is not a command of flinkts`,
    fix: `${meant}'flinkts --help' lists the commands.`,
  })
})
