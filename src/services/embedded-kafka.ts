// The embedded broker as a process of its own, its data under a folder of the project.
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brokerSettingsOf, FlinktsError, startBrokerProcess, type BrokerSettings } from '../../engine/broker.ts'
import { isFlinktsError } from '../../engine/host.ts'
import type { FlinktsConfig } from '../config/flinkts-config.ts'
import { declaredTopics } from '../config/topic-configs.ts'
import { forgetProcess, leftoverProcess, recordProcess, stopProcess } from './processes/recorded-process.ts'

export interface EmbeddedKafkaOptions {
  /** Folder for logs and the process's own log file, e.g. `.flinkts/kafka`. */
  readonly directory: string
  readonly port: number
  /** The broker's own, by Kafka's names; undefined: its defaults. */
  readonly configs: FlinktsConfig['kafka']['configs']
  /** Made, or given what the file says now, before the first client is served. */
  readonly topics: FlinktsConfig['topics']
}

export interface EmbeddedKafka {
  /** `127.0.0.1:9092` */
  readonly bootstrap: string
  readonly pid: number
  /** A broker that a killed session had left behind was found and stopped first. */
  readonly stoppedLeftover: boolean
  /** Resolves with the log's last line when the broker ends without being asked to. */
  readonly died: Promise<string>
  stop(): Promise<void>
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  } catch {
    return ''
  }
}

function settingsOf(configs: Readonly<Record<string, string>>): Partial<BrokerSettings> {
  try {
    return brokerSettingsOf(configs)
  } catch (error) {
    if (!isFlinktsError(error)) throw error
    const { fix } = error
    throw new FlinktsError(error.code, `kafka.configs in flinkts.yaml: ${error.message}`, {
      ...(fix === undefined ? {} : { fix }),
      cause: error,
    })
  }
}

/** Throws KAFKA_LISTEN_FAILED, KAFKA_STORAGE or FOLDER_IN_USE; OPTION_INVALID for a configuration that is none. */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const settings = settingsOf(options.configs ?? {})
  mkdirSync(options.directory, { recursive: true })
  // a broker whose session was killed ends by itself, but not at once
  const leftover = leftoverProcess(options.directory)
  if (leftover !== undefined) await stopProcess(leftover)
  const logFile = join(options.directory, 'broker.log')
  const log = openSync(logFile, 'a')
  try {
    const broker = await startBrokerProcess({
      port: options.port,
      dataDirectory: join(options.directory, 'data'),
      topics: declaredTopics(options.topics),
      settings,
      logDescriptor: log,
    })
    recordProcess(options.directory, broker.pid)
    let stopping = false
    return {
      bootstrap: broker.bootstrap,
      pid: broker.pid,
      stoppedLeftover: leftover !== undefined,
      died: broker.exited.then(({ code, signal }) =>
        stopping ? new Promise<string>(() => undefined) : `the broker ended (${signal ?? code}) ${lastLine(logFile)}`,
      ),
      async stop() {
        stopping = true
        await broker.stop()
        forgetProcess(options.directory)
      },
    }
  } finally {
    closeSync(log)
  }
}
