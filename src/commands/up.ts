import { Flags } from '@oclif/core'
import { renderServices, withoutSecrets } from '../output/session-status.ts'
import { callRest } from '../services/rest-client.ts'
import { BaseCommand } from './base-command.ts'

export default class Up extends BaseCommand {
  static override summary = 'Start Kafka, Postgres and the session, and keep them until `down`'
  static override description =
    'Makes the topics and runs the SQL files that flinkts.yaml names. A taken default port moves to the next free one; a port asked for here or in flinkts.yaml does not.'
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --docker',
    '<%= config.bin %> up --compose > docker-compose.yaml',
    '<%= config.bin %> up --embedded --kafka-port 19092 --postgres-port 15432',
  ]
  static override flags = {
    docker: Flags.boolean({ description: 'containers; images that are not here are pulled', exclusive: ['embedded'] }),
    embedded: Flags.boolean({ description: "processes of flinkts's own, no container engine needed" }),
    'kafka-port': Flags.integer({ description: 'port for Kafka', min: 1, max: 65535 }),
    compose: Flags.boolean({ description: 'print an equivalent docker-compose.yaml and start nothing' }),
    'postgres-port': Flags.integer({ description: 'port for Postgres', min: 1, max: 65535 }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Up)
    const ports = { kafka: flags['kafka-port'], postgres: flags['postgres-port'] }
    if (flags.compose) {
      const { composeFile } = await import('../services/docker/compose-file.ts')
      const text = composeFile(await this.project(), ports)
      this.print(flags.json ? JSON.stringify({ compose: text }) : text.trimEnd())
      return
    }
    await this.withSession(async (session) => {
      await session.startServices({
        services: ['kafka', 'postgres'],
        provider: flags.docker ? 'docker' : flags.embedded ? 'embedded' : 'detect',
        ports,
      })
      await callRest(session.restAddress, { method: 'POST', path: '/flinkts/up' })
      const status = withoutSecrets(await session.status())
      this.print(flags.json ? JSON.stringify(status) : renderServices(status))
    })
  }
}
