import { Flags } from '@oclif/core'
import { renderBroker } from '../output/broker-lines.ts'
import { BaseCommand } from './base-command.ts'

export default class Broker extends BaseCommand {
  static override summary = 'Run the embedded Kafka broker alone, in the foreground'
  static override description =
    'Serves until Ctrl-C, which stops it cleanly. With a key and a certificate it encrypts (SSL), with users it asks for a login (SASL PLAIN, SCRAM-SHA-256, SCRAM-SHA-512). Users are lines name:password, in a file (--users) or in the environment variable FLINKTS_BROKER_USERS; passwords never stand on the command line.'
  static override examples = [
    '<%= config.bin %> broker --data ./kafka-data',
    '<%= config.bin %> broker --port 0 --topic rides:3 --config auto.create.topics.enable=false --json',
    '<%= config.bin %> broker --host 0.0.0.0 --advertised kafka.local:9092 --data ./kafka-data',
    '<%= config.bin %> broker --tls-key broker.key --tls-certificate broker.crt --users users.txt',
    '<%= config.bin %> broker --listener PLAINTEXT://127.0.0.1:9092 --listener SASL_SSL://0.0.0.0:9094 --advertised SASL_SSL://kafka.local:9094 --tls-key broker.key --tls-certificate broker.crt --users users.txt',
  ]
  static override flags = {
    host: Flags.string({ description: 'where to listen (default: 127.0.0.1; 0.0.0.0: everywhere)' }),
    port: Flags.integer({ description: 'port (default: 9092; 0: any free one)', min: 0, max: 65535 }),
    advertised: Flags.string({ description: 'host:port that clients are told', multiple: true }),
    listener: Flags.string({
      description: 'PROTOCOL://host:port instead of --host and --port; may be repeated',
      multiple: true,
    }),
    data: Flags.string({ description: 'folder of the data (default: a temporary one, deleted at the end)' }),
    config: Flags.string({ description: "name=value, with Kafka's names", multiple: true }),
    topic: Flags.string({ description: 'name or name:partitions, made if missing', multiple: true }),
    'tls-key': Flags.string({ description: 'private key, PEM' }),
    'tls-certificate': Flags.string({ description: 'certificate with its chain, PEM' }),
    'tls-key-password-file': Flags.string({ description: 'file with the password of the key' }),
    'tls-client-ca': Flags.string({
      description: 'certificates that sign those of clients, PEM: clients need one then',
    }),
    'tls-client-auth': Flags.option({
      description: 'whether clients show a certificate',
      options: ['none', 'requested', 'required'] as const,
    })(),
    users: Flags.string({ description: 'file with a line name:password for each user' }),
    'sasl-mechanism': Flags.option({
      description: 'ways to log in (default: all)',
      options: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const,
      multiple: true,
    })(),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Broker)
    const { runBroker } = await import('../services/run-broker.ts')
    const request = {
      host: flags.host,
      port: flags.port,
      advertised: flags.advertised ?? [],
      listeners: flags.listener ?? [],
      dataDirectory: flags.data,
      configs: flags.config ?? [],
      topics: flags.topic ?? [],
      tlsKey: flags['tls-key'],
      tlsCertificate: flags['tls-certificate'],
      tlsKeyPasswordFile: flags['tls-key-password-file'],
      tlsClientCa: flags['tls-client-ca'],
      tlsClientAuthentication: flags['tls-client-auth'],
      usersFile: flags.users,
      usersText: process.env['FLINKTS_BROKER_USERS'],
      saslMechanisms: flags['sasl-mechanism'] ?? [],
    }
    const { signal } = this.stopRequest()
    await runBroker(request, {
      signal,
      onServing: (broker) => this.print(flags.json ? JSON.stringify(broker) : renderBroker(broker, flags.data)),
      log: (line) => this.note(line),
    })
    if (!flags.json) this.note('Stopped.')
  }
}
