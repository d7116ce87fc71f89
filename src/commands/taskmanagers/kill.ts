import { Args } from '@oclif/core'
import { killTaskManager } from '../../services/task-managers.ts'
import { BaseCommand } from '../base-command.ts'

export default class TaskmanagersKill extends BaseCommand {
  static override summary = 'End the thread of a TaskManager, for practice'
  static override description =
    'Jobs that ran on it fail and restart by their restart strategy from the last checkpoint; a new TaskManager takes its place.'
  static override examples = ['<%= config.bin %> taskmanagers kill taskmanager-1']
  static override args = { id: Args.string({ description: 'as `taskmanagers list` shows it', required: true }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TaskmanagersKill)
    await this.withSession((session) => killTaskManager(session.restAddress, args.id))
    this.print(flags.json ? JSON.stringify({ id: args.id, killed: true }) : `Killed ${args.id}.`)
  }
}
