import { renderTable } from '../../output/text-table.ts'
import { listTaskManagers } from '../../services/task-managers.ts'
import { BaseCommand } from '../base-command.ts'

export default class TaskmanagersList extends BaseCommand {
  static override summary = 'Show the TaskManagers of the session and their slots'
  static override description = 'A TaskManager is a thread of the session process.'
  static override examples = ['<%= config.bin %> taskmanagers list']

  async run(): Promise<void> {
    const { flags } = await this.parse(TaskmanagersList)
    const taskManagers = await this.withSession((session) => listTaskManagers(session.restAddress))
    if (flags.json) {
      for (const taskManager of taskManagers) this.print(JSON.stringify(taskManager))
      return
    }
    const rows = taskManagers.map((entry) => [entry.id, String(entry.slots), String(entry.freeSlots)])
    this.print(renderTable([{ name: 'id' }, { name: 'slots', align: 'right' }, { name: 'free', align: 'right' }], rows))
  }
}
