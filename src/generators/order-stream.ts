// The orders that the generators `orders` and `payments` share: one seed, start and rate give both the same ones.
import { uniformKey } from './pick-key.ts'
import type { GeneratorContext } from './generator.ts'

const CUSTOMERS = 20_000
const PRODUCTS = 200

/** One order after the other; the fields are those of the last `advance`. */
export class OrderStream {
  orderId = 0
  customerId = 0
  /** Index into `prices`. */
  product = 0
  quantity = 0
  unitPriceCents = 0
  /** ms since 1970, with fractions */
  atMs: number
  static readonly productCount = PRODUCTS
  private readonly startMs: number
  private readonly intervalMs: number
  private readonly random: () => number
  private readonly pickCustomer: () => number
  private readonly prices: Int32Array

  constructor({ startMs, intervalMs, randomOf, pickKey }: GeneratorContext) {
    this.startMs = startMs
    this.intervalMs = intervalMs
    this.atMs = startMs
    this.random = randomOf('order stream')
    this.pickCustomer = pickKey(CUSTOMERS, uniformKey(CUSTOMERS))
    const price = randomOf('prices')
    this.prices = Int32Array.from({ length: PRODUCTS }, () => 199 + Math.floor(price() ** 3 * 30_000))
  }

  /** When the next order will be made. */
  get nextMs(): number {
    return this.startMs + this.orderId * this.intervalMs
  }

  get amountCents(): number {
    return this.quantity * this.unitPriceCents
  }

  advance(): void {
    this.atMs = this.nextMs
    this.orderId++
    this.customerId = 1 + this.pickCustomer()
    this.product = Math.floor(this.random() ** 2 * PRODUCTS)
    this.quantity = 1 + Math.floor(this.random() ** 3 * 6)
    this.unitPriceCents = this.prices[this.product]!
  }
}
