import { locateProject } from '../config/project-place.ts'
import { renderJob, renderServices, withoutSecrets } from '../output/session-status.ts'
import { listJobs } from '../services/list-jobs.ts'
import { attachSession } from '../services/session/open-session.ts'
import { BaseCommand } from './base-command.ts'

export default class Status extends BaseCommand {
  static override summary = 'Show what runs for this project, with addresses ready to paste'
  static override description = 'Starts nothing.'
  static override examples = ['<%= config.bin %> status']

  async run(): Promise<void> {
    const { flags } = await this.parse(Status)
    const session = await attachSession(locateProject(process.cwd()))
    if (session === undefined) {
      this.print(
        flags.json ? JSON.stringify({ running: false }) : 'Nothing is up. `flinkts up` or `flinkts run` starts it.',
      )
      return
    }
    try {
      const [current, jobs] = await Promise.all([session.status(), listJobs(session.restAddress)])
      const status = withoutSecrets(current)
      if (flags.json) this.print(JSON.stringify({ running: true, ...status, jobs }))
      else this.print([renderServices(status), ...jobs.map(renderJob)].join('\n'))
    } finally {
      session.release()
    }
  }
}
