import { Args, Flags } from '@oclif/core'
import { deleteSnapshot } from '../../services/savepoints/change-snapshots.ts'
import { BaseCommand } from '../base-command.ts'

export default class SavepointsDelete extends BaseCommand {
  static override summary = 'Delete a checkpoint or savepoint'
  static override description =
    'Refuses the one that a job needs: that its next run begins from, or that it would restart from.'
  static override examples = ['<%= config.bin %> savepoints delete savepoint-3f2a1b-0c9d']
  static override args = { snapshot: Args.string({ description: 'path or name of its folder', required: true }) }
  static override flags = { force: Flags.boolean({ description: 'delete it even if a job needs it' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SavepointsDelete)
    const { location, left } = await deleteSnapshot(await this.project(), args.snapshot, { force: flags.force })
    if (flags.json) return this.print(JSON.stringify({ deleted: location, left }))
    this.print(`Deleted ${location}.`)
    if (left.length > 0) this.note(`note: the folder stays, for ${left.join(', ')} in it`)
  }
}
