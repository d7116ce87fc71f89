// Payments of the orders that the generator `orders` makes: most within a minute, some late, some failed and tried again,
// some never.
import { schema, t } from '../../engine/index.ts'
import type { EventBatch } from './event-batch.ts'
import type { EventGenerator, GeneratorContext, GeneratorDefinition } from './generator.ts'
import { OrderStream } from './order-stream.ts'
import { TimeHeap } from './time-heap.ts'

const MISSING_SHARE = 0.03
const FAILED_SHARE = 0.05
const TRIED_AGAIN_SHARE = 0.8
const LATE_SHARE = 0.04
const METHODS = ['card', 'card', 'card', 'paypal', 'invoice']

class Payments implements EventGenerator {
  private readonly context: GeneratorContext
  private readonly random: () => number
  private readonly orders: OrderStream
  private readonly methods: readonly Uint8Array[]
  private readonly paid: Uint8Array
  private readonly failed: Uint8Array
  /** Rows of payments to come by their time; columns of them. */
  private readonly due = new TimeHeap()
  private readonly free: number[] = []
  private readonly orderIds: number[] = []
  private readonly customerIds: number[] = []
  private readonly amounts: number[] = []
  private readonly attempts: number[] = []
  private paymentId = 0

  constructor(context: GeneratorContext) {
    const { randomOf, serializer } = context
    this.context = context
    this.random = randomOf('payments')
    this.orders = new OrderStream(context)
    this.methods = METHODS.map((method) => serializer.prepare(method))
    this.paid = serializer.prepare('paid')
    this.failed = serializer.prepare('failed')
  }

  next(batch: EventBatch): void {
    while (this.orders.nextMs <= this.due.nextMs) this.order()
    const atMs = this.due.nextMs
    this.pay(batch, this.due.pop(), atMs)
  }

  private order(): void {
    const { orders } = this
    orders.advance()
    if (this.random() < MISSING_SHARE) return
    const delayMs =
      this.random() < LATE_SHARE
        ? (5 + this.random() * 25) * 60_000
        : Math.min(1_000 - Math.log(1 - this.random()) * 15_000, 2 * 60_000)
    const row = this.free.pop() ?? this.orderIds.length
    this.orderIds[row] = orders.orderId
    this.customerIds[row] = orders.customerId
    this.amounts[row] = orders.amountCents
    this.attempts[row] = 1
    this.due.push(Math.floor(orders.atMs + delayMs), row)
  }

  private pay(batch: EventBatch, row: number, tellMs: number): void {
    const hasFailed = this.attempts[row] === 1 && this.random() < FAILED_SHARE
    this.write(batch, row, tellMs, hasFailed)
    if (hasFailed && this.random() < TRIED_AGAIN_SHARE) {
      this.attempts[row] = 2
      this.due.push(tellMs + 10_000 + Math.floor(this.random() * 50_000), row)
    } else this.free.push(row)
  }

  private write(batch: EventBatch, row: number, tellMs: number, hasFailed: boolean): void {
    const { disorder, serializer } = this.context
    const timeMs = tellMs - disorder.delayMs()
    const { out } = batch
    const keyStart = out.length
    out.integer(this.customerIds[row]!)
    const valueStart = out.length
    serializer.begin(out)
    serializer.integer(0, ++this.paymentId)
    serializer.integer(1, this.orderIds[row]!)
    serializer.integer(2, this.customerIds[row]!)
    serializer.decimal(3, this.amounts[row]!, 2)
    serializer.text(4, this.methods[Math.floor(this.random() * METHODS.length)]!)
    serializer.text(5, hasFailed ? this.failed : this.paid)
    serializer.time(6, timeMs)
    serializer.end()
    batch.add(keyStart, valueStart, timeMs, tellMs, disorder.isLate)
  }
}

export const payments: GeneratorDefinition = {
  name: 'payments',
  about: 'payments of the orders of `orders`, keyed by customer: some late, some failed and tried again, some missing',
  type: schema({
    payment_id: t.epochMillis(),
    order_id: t.epochMillis(),
    customer_id: t.int(),
    amount: t.double(),
    method: t.string(),
    status: t.string(),
    paid_at: t.epochMillis(),
  }).rowType,
  disorder: {},
  create: (context) => new Payments(context),
}
