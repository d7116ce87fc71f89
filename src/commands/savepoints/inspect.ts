import { Args, Flags } from '@oclif/core'
import { entryToJson, inspectionToJson, renderEntries, renderInspection } from '../../output/savepoint-tables.ts'
import { findEntries, inspectNamed } from '../../services/savepoints/inspect-snapshot.ts'
import { BaseCommand } from '../base-command.ts'

const ENTRIES_DEFAULT = 20

export default class SavepointsInspect extends BaseCommand {
  static override summary = 'Show what a checkpoint or savepoint holds: operators, state, keys, source positions'
  static override description =
    'All of it is verified first. With --entries, --state, --operator or --key it prints entries of state instead, with their keys and values; times are UTC.'
  static override examples = [
    '<%= config.bin %> savepoints inspect hourly-revenue',
    '<%= config.bin %> savepoints inspect chk-12 --state window-aggregate --key 132',
    '<%= config.bin %> savepoints inspect backups/savepoint-3f2a1b-0c9d --entries 5 --json',
  ]
  static override args = {
    snapshot: Args.string({ description: 'path, name of its folder, or a job (its newest)', required: true }),
  }
  static override flags = {
    entries: Flags.integer({
      description: `print entries, at most so many per state (default: ${ENTRIES_DEFAULT})`,
      min: 1,
    }),
    state: Flags.string({ description: 'print entries of the state of this name' }),
    operator: Flags.string({ description: 'print entries of the operator of this name or id' }),
    key: Flags.string({ description: 'print entries of this key; several columns joined by commas' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SavepointsInspect)
    const inspection = await inspectNamed(await this.project(), args.snapshot)
    const { entries, state, operator, key } = flags
    if (entries === undefined && state === undefined && operator === undefined && key === undefined) {
      return this.print(flags.json ? JSON.stringify(inspectionToJson(inspection)) : renderInspection(inspection))
    }
    const found = await findEntries(inspection, { state, operator, key, countMax: entries ?? ENTRIES_DEFAULT })
    if (!flags.json) return this.print(found.length === 0 ? 'No operator has state.' : renderEntries(found))
    for (const result of found) for (const entry of result.entries) this.print(entryToJson(result, entry))
  }
}
