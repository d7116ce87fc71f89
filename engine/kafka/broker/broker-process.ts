// Entry of the broker's own process. Its owner forks it with an IPC channel (start-broker-process.ts does), sends the
// options as the first message and hears `ready` or `failed`. The end of the channel is the end of the owner, however it
// came: the broker stops cleanly then, as it does at SIGTERM and SIGINT.
import { writeSync } from 'node:fs'
import { toErrorData } from '../../common/errors.ts'
import { systemClock } from '../../time/clock.ts'
import { startBroker, type RunningBroker } from './broker.ts'
import type { BrokerProcessInput, BrokerProcessOutput } from './broker-process-messages.ts'

if (process.send === undefined) {
  process.stderr.write('The broker process is started by flinkts: flinkts broker, or startBrokerProcess().\n')
  process.exit(1)
}

let broker: Promise<RunningBroker> | undefined
let isStopping = false

/** The log may be on the disk that is full: then there is no line, and the broker goes on answering. */
function log(line: string): void {
  try {
    writeSync(process.stderr.fd, `${new Date(systemClock.now()).toISOString()} ${line}\n`)
  } catch {
    // clients are told what failed
  }
}
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

function tell(message: BrokerProcessOutput): void {
  if (process.connected) process.send!(message)
}

async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  // One that failed to start has nothing to stop, and has told why.
  const running = await broker?.catch(() => undefined)
  if (running === undefined) process.exit(1)
  try {
    await running.stop()
    process.exit(0)
  } catch (error) {
    log(`the broker did not stop cleanly: ${String(error)}`)
    process.exit(1)
  }
}

process.once('message', ({ options }: BrokerProcessInput) => {
  broker = startBroker({ ...options, log })
  broker.then(
    ({ bootstrap, host, port, listeners, clusterId, dataDirectory }) =>
      tell({ kind: 'ready', pid: process.pid, bootstrap, host, port, listeners, clusterId, dataDirectory }),
    (error: unknown) => {
      tell({ kind: 'failed', error: toErrorData(error) })
    },
  )
})
process.once('disconnect', () => void stop())
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
