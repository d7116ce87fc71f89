// TaskManagers as simulated processes: messages and pages between them take a random while, and a killed one falls
// silent at once, in the middle of whatever it did.
import { TaskManager } from '../../engine/cluster/task-manager.ts'
import { unmeasuredThread } from '../../engine/cluster/thread-figures.ts'
import { SimulatedProcess, type SimulatedWorld } from './simulated-world.ts'
import type { MessagePort } from 'node:worker_threads'
import type { ErrorData } from '../../engine/common/errors.ts'
import type { StateStorage } from '../../engine/checkpoint/checkpoint-storage.ts'
import type { TaskEnvironment, UserFunctions } from '../../engine/task/task-environment.ts'
import type {
  TaskManagerGateway,
  TaskManagerLauncher,
  TaskManagerListener,
} from '../../engine/cluster/task-manager-pool.ts'
import type { TaskManagerInput } from '../../engine/cluster/messages/input.ts'

/** One end of a link; what crosses it is cloned and transferred as between threads. */
class SimulatedPort {
  readonly #send: (deliver: () => void) => void
  #listener: ((message: unknown) => void) | undefined
  #peer: SimulatedPort | undefined
  #closed = false
  /** What came before anybody listened. */
  #waiting: unknown[] = []

  constructor(send: (deliver: () => void) => void) {
    this.#send = send
  }

  static pair(world: SimulatedWorld, left: SimulatedProcess, right: SimulatedProcess): [SimulatedPort, SimulatedPort] {
    const ports: [SimulatedPort, SimulatedPort] = [
      new SimulatedPort(world.path(left, right)),
      new SimulatedPort(world.path(right, left)),
    ]
    ports[0].#peer = ports[1]
    ports[1].#peer = ports[0]
    return ports
  }

  on(_event: 'message', listener: (message: unknown) => void): void {
    this.#listener = listener
    const waiting = this.#waiting
    this.#waiting = []
    for (const message of waiting) listener(message)
  }

  postMessage(message: unknown, transfer: ArrayBuffer[]): void {
    if (this.#closed) return
    const clone = structuredClone(message, { transfer })
    const peer = this.#peer!
    this.#send(() => peer.#receive(clone))
  }

  close(): void {
    this.#closed = true
  }

  #receive(message: unknown): void {
    if (this.#closed) return
    if (this.#listener === undefined) this.#waiting.push(message)
    else this.#listener(message)
  }
}

interface SimulatedGateway extends TaskManagerGateway {
  readonly process: SimulatedProcess
}

export interface SimulatedLauncherOptions {
  readonly world: SimulatedWorld
  /** The process the JobManager runs in: TaskManagers die with it. */
  readonly session: SimulatedProcess
  readonly environmentOf: (process: SimulatedProcess) => TaskEnvironment
  readonly storageOf: (process: SimulatedProcess) => StateStorage
  readonly userFunctions: UserFunctions
}

export function createSimulatedLauncher(options: SimulatedLauncherOptions): TaskManagerLauncher {
  return {
    launch: (id, listener) => launch(id, listener, options),
    connect(left, right) {
      const [one, other] = [left as SimulatedGateway, right as SimulatedGateway]
      const [onePort, otherPort] = SimulatedPort.pair(options.world, one.process, other.process)
      const connect = (peer: string, port: SimulatedPort): TaskManagerInput => ({
        kind: 'connect',
        peer,
        port: port as unknown as MessagePort,
      })
      one.send(connect(other.id, onePort))
      other.send(connect(one.id, otherPort))
    },
  }
}

async function launch(
  id: string,
  listener: TaskManagerListener,
  { world, session, environmentOf, storageOf, userFunctions }: SimulatedLauncherOptions,
): Promise<SimulatedGateway> {
  const process = new SimulatedProcess(id)
  session.onDeath(() => process.die())
  const [toSession, toTaskManager] = [world.path(process, session), world.path(session, process)]
  const taskManager = new TaskManager({
    id,
    environment: environmentOf(process),
    storage: storageOf(process),
    userFunctions,
    collectsRows: true,
    thread: () => unmeasuredThread,
    send: (message) => toSession(() => listener.received(message)),
  })
  process.onDeath(() => {
    taskManager.handle({ kind: 'shutdown' })
    const error: ErrorData = { code: 'TASK_MANAGER_LOST', message: `${id} was killed` }
    world.setTimer(world.integer(0, 5), () => (session.alive ? listener.exited(error) : undefined))
  })
  await world.turns(world.integer(1, 20))
  return {
    id,
    process,
    send: (message) => toTaskManager(() => taskManager.handle(message)),
    terminate: async () => process.die(),
  }
}
