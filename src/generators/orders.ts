// Orders of a shop; the generator `payments` pays them.
import { schema, t } from '../../engine/index.ts'
import type { GeneratorDefinition } from './generator.ts'
import { OrderStream } from './order-stream.ts'

const COUNTRIES = ['DE', 'FR', 'GB', 'NL', 'PL', 'US']

export const orders: GeneratorDefinition = {
  name: 'orders',
  about: 'orders of customers, keyed by customer; `payments` with the same --seed, --start and --rate pays them',
  type: schema({
    order_id: t.epochMillis(),
    customer_id: t.int(),
    product: t.string(),
    quantity: t.int(),
    unit_price: t.double(),
    amount: t.double(),
    country: t.string(),
    ordered_at: t.epochMillis(),
  }).rowType,
  disorder: {},
  create(context) {
    const { disorder, serializer } = context
    const stream = new OrderStream(context)
    const countries = COUNTRIES.map((country) => serializer.prepare(country))
    const products = Array.from({ length: OrderStream.productCount }, (_, index) =>
      serializer.prepare(`product-${index + 1}`),
    )
    return {
      next(batch) {
        stream.advance()
        const timeMs = Math.floor(stream.atMs) - disorder.delayMs()
        const { out } = batch
        const keyStart = out.length
        out.integer(stream.customerId)
        const valueStart = out.length
        serializer.begin(out)
        serializer.integer(0, stream.orderId)
        serializer.integer(1, stream.customerId)
        serializer.text(2, products[stream.product]!)
        serializer.integer(3, stream.quantity)
        serializer.decimal(4, stream.unitPriceCents, 2)
        serializer.decimal(5, stream.amountCents, 2)
        serializer.text(6, countries[stream.customerId % COUNTRIES.length]!)
        serializer.time(7, timeMs)
        serializer.end()
        batch.add(keyStart, valueStart, timeMs, stream.atMs, disorder.isLate)
      },
    }
  },
}
