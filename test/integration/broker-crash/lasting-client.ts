// A client that outlives its broker: it connects again until somebody answers.
import { setTimeout as delay } from 'node:timers/promises'
import type { ApiName, RequestInputByApi, ResponseByApi } from '../../../engine/kafka/protocol/schemas.ts'
import { RawClient } from '../../engine/kafka/broker/raw-client.ts'
import { batchOf, type TestRecord } from '../../engine/kafka/log/log-fixture.ts'

const retryMs = 10
const limitMs = 60_000

/** The connection broke before the answer: whether the request was carried out, nobody knows. */
export class AnswerLost extends Error {}

export class LastingClient {
  readonly #broker: { readonly host: string; readonly port: number }
  readonly #onRequest: () => void
  #client: RawClient | undefined

  /** `onRequest` is called with each request that is on its way. */
  constructor(broker: { readonly host: string; readonly port: number }, onRequest: () => void = () => {}) {
    this.#broker = broker
    this.#onRequest = onRequest
  }

  /** Throws AnswerLost, once the request was sent. */
  async askOnce<Api extends ApiName>(
    api: Api,
    version: number,
    request: RequestInputByApi[Api],
  ): Promise<ResponseByApi[Api]> {
    this.#client ??= await this.#connect()
    try {
      const answer = this.#client.ask(api, version, request)
      this.#onRequest()
      return await answer
    } catch (error) {
      this.close()
      throw new AnswerLost(`${api} was not answered`, { cause: error })
    }
  }

  /** For requests that may be carried out twice. */
  async ask<Api extends ApiName>(
    api: Api,
    version: number,
    request: RequestInputByApi[Api],
  ): Promise<ResponseByApi[Api]> {
    const deadline = performance.now() + limitMs
    for (;;)
      try {
        return await this.askOnce(api, version, request)
      } catch (error) {
        if (!(error instanceof AnswerLost) || performance.now() > deadline) throw error
      }
  }

  close(): void {
    this.#client?.close()
    this.#client = undefined
  }

  async #connect(): Promise<RawClient> {
    const deadline = performance.now() + limitMs
    for (;;)
      try {
        return await RawClient.connect(this.#broker)
      } catch (error) {
        if (performance.now() > deadline) throw new Error('the broker does not come back', { cause: error })
        await delay(retryMs)
      }
  }
}

/** An idempotent producer for one partition: sends a batch until it is acknowledged. */
export class IdempotentWriter {
  readonly client: LastingClient
  readonly #topic: string
  readonly #partition: number
  #producerId: bigint | undefined
  #sequence = 0

  constructor(client: LastingClient, topic: string, partition: number) {
    this.client = client
    this.#topic = topic
    this.#partition = partition
  }

  /** The offset of the first of them. */
  async write(records: readonly TestRecord[]): Promise<number> {
    const { client } = this
    this.#producerId ??= (
      await client.ask('InitProducerId', 4, {
        transactionalId: null,
        transactionTimeoutMs: 0,
        producerId: -1n,
        producerEpoch: -1,
      })
    ).producerId
    const options = { producerId: this.#producerId, producerEpoch: 0, baseSequence: this.#sequence }
    const stamped = records.map((record) => ({ timestamp: Date.now(), ...record }))
    const { responses } = await client.ask('Produce', 9, {
      acks: -1,
      timeoutMs: 10_000,
      topicData: [
        {
          name: this.#topic,
          partitionData: [{ index: this.#partition, records: batchOf(stamped, options) }],
        },
      ],
    })
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
    if (errorCode !== 0)
      throw new Error(`${this.#topic}-${this.#partition} at sequence ${this.#sequence}: ${errorCode}`)
    this.#sequence += records.length
    return Number(baseOffset)
  }
}
