// One simulated run: a random job on a random cluster, crashed in random ways at random moments, and what must hold in
// the end. The seed fixes all of it.
import { createDefaultEnvironment } from '../../engine/task/default-environment.ts'
import { JobManager, type ManagedJob } from '../../engine/cluster/job-manager.ts'
import { reportOf } from '../../engine/cluster/job-report.ts'
import { createSimulatedLauncher } from './simulated-launcher.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { isRead, SimulatedServices, type Event, type SplitState } from './simulated-services.ts'
import { SimulatedProcess, SimulatedWorld } from './simulated-world.ts'
import { EventWriter, simulatedJobs, type SimulatedJob } from './simulated-jobs.ts'
import type { Cell } from '../../engine/types/record-batch.ts'
import type { TaskEnvironment } from '../../engine/task/task-environment.ts'

/** Turns a run may take behind its last fault: far more than any back-off or timeout of its settings. */
const CALM_TURNS_MAX = 20_000

export interface SimulationResult {
  readonly seed: number
  readonly job: string
  readonly trace: readonly string[]
  readonly turns: number
  readonly faults: number
  readonly restores: number
  readonly duplicates: number
}

export class SimulationFailure extends Error {
  constructor(seed: number, message: string, trace: readonly string[]) {
    super(`seed ${seed}: ${message}\n${trace.slice(-60).join('\n')}\nreplay: npm run simulate -- --seed ${seed}`)
  }
}

/** Throws SimulationFailure with the last of the trace. */
export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(seed)
  try {
    return await simulation.run()
  } catch (error) {
    if (error instanceof SimulationFailure) throw error
    throw new SimulationFailure(seed, String((error as Error).stack), simulation.world.trace)
  }
}

class Simulation {
  readonly world: SimulatedWorld
  readonly #disk: SimulatedDisk
  readonly #services: SimulatedServices
  readonly #job: SimulatedJob
  readonly #bounded: boolean
  readonly #writer: EventWriter
  readonly #taskManagers: number
  readonly #settings: Readonly<Record<string, string>>
  /** All that the job will be given, marker included, and how much of it is still to come. */
  readonly #events: Event[] = []
  #eventsLeft: number
  #faultsLeft: number
  /** Faults per turn. */
  readonly #faultRate: number
  /** Faults after which a record may have been written twice. */
  #crashes = 0
  #faults = 0
  #restores = 0
  #sessions = 0
  #parallelism: number
  #operatorFaultRate = 0
  #session: SimulatedProcess | undefined
  #jobManager: JobManager | undefined
  #running: ManagedJob | undefined

  constructor(seed: number) {
    this.world = new SimulatedWorld(seed)
    const { world } = this
    this.#disk = new SimulatedDisk(world)
    const partitions = world.integer(1, 4)
    this.#services = new SimulatedServices(world, partitions)
    this.#job = world.pick(simulatedJobs)
    this.#bounded = world.chance(0.4)
    this.#writer = new EventWriter(world, partitions)
    this.#taskManagers = world.integer(1, 3)
    this.#parallelism = this.#anyParallelism()
    this.#eventsLeft = world.integer(50, 400)
    this.#faultsLeft = world.integer(1, 8)
    this.#faultRate = world.pick([0.01, 0.03, 0.1])
    this.#settings = {
      'execution.checkpointing.interval': `${world.integer(10, 120)} ms`,
      'execution.checkpointing.timeout': '2 s',
      'execution.checkpointing.tolerable-failed-checkpoints': String(world.integer(0, 2)),
      'pipeline.operator-chaining.enabled': String(world.chance(0.7)),
      ...world.pick<Record<string, string>>([
        { 'restart-strategy.exponential-delay.initial-backoff': `${world.integer(1, 50)} ms` },
        {
          'restart-strategy.type': 'fixed-delay',
          'restart-strategy.fixed-delay.delay': `${world.integer(0, 50)} ms`,
          'restart-strategy.fixed-delay.attempts': String(world.integer(1, 6)),
        },
        { 'restart-strategy.type': 'none' },
      ]),
    }
    world.note(
      `${this.#job.name}${this.#bounded ? ', bounded' : ''}: ${this.#eventsLeft} events in ${partitions} partitions, parallelism ${this.#parallelism}, ${this.#taskManagers} TaskManagers, ${JSON.stringify(this.#settings)}`,
    )
  }

  async run(): Promise<SimulationResult> {
    if (this.#bounded) this.#produce(this.#eventsLeft)
    await this.#startSession()
    await this.#submit()
    let calm = 0
    while (!(this.#faultsLeft === 0 && this.#eventsLeft === 0 && this.#isComplete() && (await this.#isStopped()))) {
      await this.#turn()
      if (this.#eventsLeft > 0 && this.world.chance(0.2)) this.#produce(this.world.integer(1, 20))
      if (this.#faultsLeft > 0 && this.world.chance(this.#faultRate)) await this.#fault()
      else if (this.#hasEnded()) await this.#goOn()
      calm = this.#faultsLeft > 0 || this.#eventsLeft > 0 ? 0 : calm + 1
      if (calm > CALM_TURNS_MAX) this.#fail(`not done after ${calm} calm turns: ${this.#difference()}`)
    }
    await this.#end()
    const duplicates = this.#services.appended.length - this.#expectedCount()
    return {
      seed: this.world.seed,
      job: this.#job.name,
      trace: this.world.trace,
      turns: this.world.elapsed,
      faults: this.#faults,
      restores: this.#restores,
      duplicates: this.#job.appends ? duplicates : 0,
    }
  }

  #fail(message: string): never {
    const failure = this.#running?.master.failure
    const log = this.#running?.log.messages.slice(-5).map(({ line }) => line)
    const records = this.#running?.master.records.map(
      ({ key, status, taskManager }) => `${key} ${status} ${taskManager}`,
    )
    const { counts, history } = this.#running?.master.checkpoints.statistics ?? {}
    const newest = history?.slice(0, 3).map(({ id, status, failure: why }) => `${id} ${status} ${why ?? ''}`)
    const figures = this.#running?.master.records.map(({ figures: found }) => JSON.stringify(found))
    const details = {
      status: this.#running?.master.status,
      failure: failure?.message,
      log,
      records,
      counts,
      newest,
      figures,
    }
    throw new SimulationFailure(
      this.world.seed,
      `${message}\n${JSON.stringify(details, undefined, 2)}`,
      this.world.trace,
    )
  }

  /** A subtask without a partition would hold the watermark back for ever: Flink's trap, which jobs are warned of. */
  #anyParallelism(): number {
    const partitions = this.#services.partitions.length
    return this.world.integer(1, this.#job.windowed && !this.#bounded ? Math.min(3, partitions) : 3)
  }

  #turn(): Promise<void> {
    return this.world.turn()
  }

  async #until<T>(promise: Promise<T>, what: string): Promise<T> {
    let settled = false
    const done = (): void => void (settled = true)
    promise.then(done, done)
    for (let turns = 0; !settled; turns++) {
      if (turns === CALM_TURNS_MAX) this.#fail(`${what} took more than ${turns} turns`)
      await this.#turn()
    }
    return promise
  }

  #produce(count: number): void {
    for (; count > 0 && this.#eventsLeft > 0; count--, this.#eventsLeft--) {
      const partition = this.world.integer(0, this.#services.partitions.length - 1)
      const event = this.#writer.next(partition)
      this.#events.push(event)
      this.#services.partitions[partition]!.push(event)
    }
    if (this.#eventsLeft > 0 || this.#bounded || !this.#job.windowed) return
    for (const partition of this.#services.partitions) partition.push(this.#writer.marker())
    this.world.note('the last event is written')
  }

  // ------------------------------------------------------------------ processes

  #environmentOf(process: SimulatedProcess): TaskEnvironment {
    const environment = createDefaultEnvironment({
      clock: this.world.clockOf(process),
      random: () => this.world.random(),
    })
    return {
      ...environment,
      loadConnector: () => this.#services.runtimeFor(process),
      createOperator: (node, functions) => {
        const operator = environment.createOperator(node, functions)
        const process = operator.processBatch.bind(operator)
        operator.processBatch = (input, batch) => {
          process(input, batch)
          if (!this.world.chance(this.#operatorFaultRate)) return
          this.world.note(`${node.name} throws`)
          throw new Error(`${node.name} threw`)
        }
        return operator
      },
    }
  }

  async #startSession(): Promise<void> {
    const session = new SimulatedProcess(`session ${++this.#sessions}`)
    this.world.note(`${session.name} starts`)
    this.#session = session
    this.#jobManager = new JobManager({
      directory: '/simulated',
      environment: this.#environmentOf(session),
      launcher: createSimulatedLauncher({
        world: this.world,
        session,
        environmentOf: (process) => this.#environmentOf(process),
        storageOf: (process) => this.#disk.storageFor(process),
        userFunctions: this.#job.userFunctions,
      }),
      storage: this.#disk.storageFor(session),
      jobStore: this.#disk.jobStoreFor(session),
      taskManagers: this.#taskManagers,
      slotsPerTaskManager: 3,
    })
    await this.#until(this.#jobManager.start(), 'the start of the session')
  }

  async #submit(): Promise<void> {
    const graph = this.#job.plan(this.#bounded, {
      ...this.#settings,
      'parallelism.default': String(this.#parallelism),
    })
    this.#running = await this.#until(this.#jobManager!.submit(graph, { key: 'job' }), 'the submission')
    const { log, master } = this.#running
    for (const { line } of log.messages.filter((message) => !message.line.includes('no idle timeout')))
      this.world.note(line)
    log.listen(({ line }) => this.world.note(line))
    master.onStatus((status) => this.world.note(`the job is ${status}`))
  }

  #hasEnded(): boolean {
    return ['FINISHED', 'FAILED', 'CANCELED', 'SUSPENDED'].includes(this.#running!.master.status)
  }

  /** A job that ended before its time is run again, as a user would. */
  async #goOn(): Promise<void> {
    await this.#until(this.#running!.settled, 'the ending of the job')
    this.#checkRun()
    const { status, failure } = this.#running!.master
    if (failure?.code === 'CHECKPOINT_CORRUPT') this.#fail('a job that can be restored does not find its checkpoint')
    if (status === 'FINISHED' && this.#bounded && this.#faultsLeft === 0) return
    if (status === 'FINISHED' && this.#bounded) {
      // nothing is left to crash
      this.#faultsLeft = 0
      return
    }
    this.world.note(`the job is run again, it was ${status}`)
    await this.#submit()
  }

  /** Nothing may be late on this input, whatever happened. */
  #checkRun(): void {
    const { master } = this.#running!
    this.#restores += master.checkpoints.statistics.counts.restored
    const { lateRecordsDropped } = reportOf(this.#running!, this.world.now())
    if (lateRecordsDropped > 0) this.#fail(`${lateRecordsDropped} records were late`)
  }

  // ------------------------------------------------------------------ faults

  async #fault(): Promise<void> {
    this.#faultsLeft--
    this.#faults++
    if (this.#hasEnded()) return
    await this.world.pick([
      () => this.#killTaskManager(),
      () => this.#killTaskManager(),
      () => this.#failSomewhere(),
      () => this.#failSomewhere(),
      () => this.#crashSession(),
      () => this.#crashSession(),
      () => this.#closeSession(),
      () => this.#abandon(),
      () => this.#stop(),
      () => this.#stop(),
      () => this.#savepoint(),
      () => this.#cancel(),
    ])()
  }

  async #killTaskManager(): Promise<void> {
    const { taskManagers } = this.#jobManager!
    if (taskManagers.length === 0) return
    const { id } = this.world.pick(taskManagers)
    this.world.note(`${id} is killed`)
    this.#crashes++
    await this.#jobManager!.killTaskManager(id)
  }

  /** For a while something fails with some probability. */
  async #failSomewhere(): Promise<void> {
    this.#crashes++
    const what = this.world.pick(['operators', 'services', 'disk'] as const)
    const turns = this.world.integer(5, 60)
    this.world.note(`${what} may fail for ${turns} turns`)
    const setRate = (rate: number): void => {
      if (what === 'operators') this.#operatorFaultRate = rate
      else if (what === 'services') this.#services.faultRate = rate
      else this.#disk.faultRate = rate
    }
    setRate(this.world.pick([0.02, 0.1, 0.5]))
    for (let turn = 0; turn < turns && !this.#hasEnded(); turn++) await this.#turn()
    setRate(0)
  }

  async #crashSession(): Promise<void> {
    this.world.note('the session is killed')
    this.#crashes++
    this.#session!.die()
    if (this.world.chance(0.2)) this.#disk.damageNewest()
    for (let turns = this.world.integer(0, 20); turns > 0; turns--) await this.#turn()
    await this.#restart()
  }

  async #closeSession(): Promise<void> {
    this.world.note('the session is closed')
    this.#crashes++
    await this.#until(this.#jobManager!.close(), 'the end of the session')
    this.#session!.die()
    await this.#restart()
  }

  async #restart(): Promise<void> {
    if (this.world.chance(0.5)) this.#parallelism = this.#anyParallelism()
    await this.#startSession()
    await this.#submit()
  }

  /** The client of an attached job dies; its user runs the job again at once. */
  async #abandon(): Promise<void> {
    this.world.note('the client dies')
    this.#crashes++
    this.#jobManager!.abort(this.#running!.master.jobId)
    if (this.world.chance(0.5)) await this.#until(this.#running!.settled, 'the ending of the job')
    await this.#submit()
  }

  async #stop(): Promise<void> {
    this.world.note('the job is stopped')
    const { settled, master } = this.#running!
    try {
      await this.#until(this.#jobManager!.stop(master.jobId), 'the stop')
    } catch (error) {
      this.world.note(`the stop fails: ${(error as Error).message}`)
      this.#crashes++
      return
    }
    await this.#until(settled, 'the ending of the job')
    this.#checkRun()
    this.#parallelism = this.#anyParallelism()
    this.world.note(`the job is run again with parallelism ${this.#parallelism}`)
    await this.#submit()
  }

  /** The next run begins afresh: what it writes again is the same. */
  async #cancel(): Promise<void> {
    this.world.note('the job is cancelled')
    this.#crashes++
    this.#jobManager!.cancel(this.#running!.master.jobId)
    await this.#until(this.#running!.settled, 'the ending of the job')
    await this.#submit()
  }

  async #savepoint(): Promise<void> {
    this.world.note('a savepoint is taken')
    await this.#until(this.#jobManager!.savepoint(this.#running!.master.jobId), 'the savepoint').catch(
      (error: unknown) => this.world.note(`the savepoint fails: ${(error as Error).message}`),
    )
  }

  // ------------------------------------------------------------------ what must hold

  #expected(): Map<string, readonly number[]> {
    return this.#job.expected(this.#events)
  }

  #expectedCount(): number {
    return this.#events.length
  }

  #actual(): Map<string, readonly number[]> {
    const rows = this.#job.appends ? this.#services.appended : [...this.#services.table.values()]
    const width = this.#job.windowed ? 3 : 1
    return new Map(
      rows
        .map((row: readonly Cell[]) => [JSON.stringify(row.slice(0, width)), row.slice(width).map(Number)] as const)
        .filter(([key]) => !key.endsWith('-1]')),
    )
  }

  #difference(): string | undefined {
    const [expected, actual] = [this.#expected(), this.#actual()]
    for (const [key, values] of expected) {
      const found = actual.get(key)
      if (found === undefined) return `${key} is missing (of ${expected.size} rows ${actual.size} are there)`
      const same = values.every(
        (value, index) => Math.abs(value - found[index]!) <= 1e-9 * Math.max(1, Math.abs(value)),
      )
      if (!same) return `${key} is [${found.join(', ')}] instead of [${values.join(', ')}]`
    }
    const extra = [...actual.keys()].find((key) => !expected.has(key))
    return extra === undefined ? undefined : `${extra} is too much`
  }

  #isComplete(): boolean {
    if (this.#bounded && this.#running!.master.status !== 'FINISHED') return false
    const difference = this.#difference()
    if (this.#bounded && difference !== undefined) this.#fail(`the job has finished, but ${difference}`)
    return difference === undefined && (this.#bounded || this.#hasReadAll())
  }

  /** Until then what was right before a restore may be written anew from its beginning. */
  #hasReadAll(): boolean {
    const { completed } = this.#running!.master.checkpoints.statistics.latest
    const splits = this.#disk.manifests
      .get(completed?.location ?? '')
      ?.operators.flatMap((operator) => operator.splits ?? [])
    return splits?.every(({ state }) => isRead(state as unknown as SplitState, this.#services.partitions)) === true
  }

  /** A fault that is noticed only now fails the stop: the job then goes on. */
  async #isStopped(): Promise<boolean> {
    const { settled, master } = this.#running!
    if (this.#bounded) return true
    try {
      await this.#until(this.#jobManager!.stop(master.jobId), 'the last stop')
    } catch (error) {
      this.world.note(`the last stop fails: ${(error as Error).message}`)
      return false
    }
    await this.#until(settled, 'the ending of the job')
    return true
  }

  /** What is complete stays so: nothing that is still under way may change it. */
  async #end(): Promise<void> {
    this.#checkRun()
    const difference = this.#difference()
    if (difference !== undefined) this.#fail(`the result was complete, but after the stop ${difference}`)
    const duplicates = this.#services.appended.length - this.#expectedCount()
    if (this.#job.appends && this.#crashes === 0 && duplicates !== 0) this.#fail(`${duplicates} rows are there twice`)
    const views = this.#jobManager!.taskManagers
    const taken = views.filter(({ slots, freeSlots }) => slots !== freeSlots)
    if (taken.length > 0) this.#fail(`slots of ${taken.map(({ id }) => id).join(', ')} are still taken`)
    await this.#until(this.#jobManager!.close(), 'the end of the session')
    this.#session!.die()
  }
}
