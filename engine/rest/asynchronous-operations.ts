// Operations that go on after their answer and are asked for by the id of their trigger.
// Source: Flink's AbstractAsynchronousOperationHandlers.
import { FlinktsError, toErrorData, type ErrorData } from '../common/errors.ts'
import { failureCause } from './failure-cause.ts'
import { reply } from './route.ts'

type Result<T> = { readonly value: T } | { readonly error: ErrorData } | 'running'

const KEPT_MAX = 1000

export class AsynchronousOperations<T> {
  /** By scope and trigger, oldest first. */
  readonly #results = new Map<string, Result<T>>()
  readonly #describe: (value: T) => object
  readonly #failureField: string
  #triggers = 0

  /** `describe`: what stands under `operation` when it is done; `failureField`: the name of its failure there. */
  constructor(describe: (value: T) => object, failureField = 'failure-cause') {
    this.#describe = describe
    this.#failureField = failureField
  }

  /** `triggerId`: the client's, 32 hexadecimal digits: a second request with it starts nothing. */
  start(scope: string, triggerId: string | undefined, operation: () => Promise<T>): unknown {
    const id = triggerId?.toLowerCase() ?? (++this.#triggers).toString(16).padStart(32, '0')
    const key = `${scope}/${id}`
    if (!this.#results.has(key)) {
      this.#keep(key, 'running')
      operation().then(
        (value) => this.#keep(key, { value }),
        (error: unknown) => this.#keep(key, { error: toErrorData(error) }),
      )
    }
    return reply(202, { 'request-id': id })
  }

  /** Throws JOB_NOT_FOUND. */
  status(scope: string, triggerId: string): unknown {
    const result = this.#results.get(`${scope}/${triggerId}`)
    if (result === undefined) {
      throw new FlinktsError('JOB_NOT_FOUND', `Operation not found under key ${scope}/${triggerId}.`)
    }
    if (result === 'running') return { status: { id: 'IN_PROGRESS' }, operation: null }
    const operation =
      'value' in result ? this.#describe(result.value) : { [this.#failureField]: failureCause(result.error) }
    return { status: { id: 'COMPLETED' }, operation }
  }

  #keep(key: string, result: Result<T>): void {
    this.#results.set(key, result)
    if (this.#results.size <= KEPT_MAX) return
    const ended = [...this.#results].find(([, kept]) => kept !== 'running')
    if (ended !== undefined) this.#results.delete(ended[0])
  }
}
