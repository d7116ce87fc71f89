// The entry of a TaskManager's thread.
import { getPriority, setPriority } from 'node:os'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { check } from '../common/check.ts'
import { fileSystemStorage } from '../checkpoint/file-system-storage.ts'
import { createDefaultEnvironment } from '../task/default-environment.ts'
import { TaskManager } from './task-manager.ts'
import { ThreadMeter } from './thread-figures.ts'
import type { TaskManagerInput } from './messages/input.ts'
import type { TaskManagerOutput } from './messages/output.ts'

check(!isMainThread && parentPort !== null, 'task-manager.worker runs in a worker thread only')
const port = parentPort
const { id } = workerData as { readonly id: string }
const send = (message: TaskManagerOutput): void => port.postMessage(message)
const meter = new ThreadMeter()

// The coordinator goes first: with every core busy it would wait for a core at each request and each checkpoint
// (docs/decisions/0016). Elsewhere than on Linux this would be the whole process.
const NICENESS = 5
if (process.platform === 'linux' && getPriority(0) < NICENESS) setPriority(0, NICENESS)

const taskManager = new TaskManager({
  id,
  environment: createDefaultEnvironment(),
  storage: fileSystemStorage,
  send,
  collectsRows: true,
  thread: () => meter.read(),
})
port.on('message', (message: TaskManagerInput) => taskManager.handle(message))
send({ kind: 'ready' })
