// TaskManagers in the caller's thread: for tests and for embedding without worker threads.
import { TaskManager } from './task-manager.ts'
import { unmeasuredThread } from './thread-figures.ts'
import type { ErrorData } from '../common/errors.ts'
import type { StateStorage } from '../checkpoint/checkpoint-storage.ts'
import type { TaskEnvironment, UserFunctions } from '../task/task-environment.ts'
import type { TaskManagerGateway, TaskManagerLauncher, TaskManagerListener } from './task-manager-pool.ts'

interface LocalGateway extends TaskManagerGateway {
  readonly taskManager: TaskManager
}

export function createLocalLauncher(
  environment: TaskEnvironment,
  storage: StateStorage,
  userFunctions?: UserFunctions,
): TaskManagerLauncher {
  return {
    launch: async (id, listener) => launch(id, listener, environment, storage, userFunctions),
    connect(left, right) {
      const [one, other] = [(left as LocalGateway).taskManager, (right as LocalGateway).taskManager]
      one.connectLocally(other)
      other.connectLocally(one)
    },
  }
}

/** Its messages take a turn of the event loop each way, as between threads; a terminated one falls silent at once. */
function launch(
  id: string,
  listener: TaskManagerListener,
  environment: TaskEnvironment,
  storage: StateStorage,
  userFunctions: UserFunctions | undefined,
): LocalGateway {
  let dead = false
  const taskManager = new TaskManager({
    id,
    environment,
    storage,
    userFunctions,
    collectsRows: true,
    thread: () => unmeasuredThread,
    send: (message) => setImmediate(() => (dead ? undefined : listener.received(message))),
  })
  return {
    id,
    taskManager,
    send: (message) => setImmediate(() => (dead ? undefined : taskManager.handle(message))),
    async terminate() {
      if (dead) return
      dead = true
      taskManager.handle({ kind: 'shutdown' })
      const error: ErrorData = { code: 'TASK_MANAGER_LOST', message: `${id} was ended` }
      listener.exited(error)
    },
  }
}
