// What stands in the topics. Amounts are decimals: sums of money are exact.
import { schema, t } from 'flinkts'

export const Order = schema({
  order_id: t.safeInteger(),
  customer_id: t.int(),
  product: t.string(),
  quantity: t.int(),
  unit_price: t.decimal(10, 2),
  amount: t.decimal(10, 2),
  country: t.string(),
  ordered_at: t.epochMillis(),
})

export const Payment = schema({
  payment_id: t.safeInteger(),
  order_id: t.safeInteger(),
  customer_id: t.int(),
  amount: t.decimal(10, 2),
  method: t.string(),
  status: t.string(), // paid, failed
  paid_at: t.epochMillis(),
})
