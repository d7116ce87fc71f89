// The job on records in memory and in virtual time: no broker, no waiting. Run with `npm install && npm test`.
import { testJob } from 'flinkts/testing'
import { expect, test } from 'vitest'
import customerAccounts from '../jobs/customer-accounts.ts'

const at = Date.parse('2025-11-01T10:00:00Z')
const order = (order_id: number, customer_id: number, amount: string) => ({
  order_id,
  customer_id,
  product: 'product-1',
  quantity: 1,
  unit_price: amount,
  amount,
  country: 'DE',
  ordered_at: at,
})
const payment = (payment_id: number, order_id: number, customer_id: number, amount: string, status = 'paid') => ({
  payment_id,
  order_id,
  customer_id,
  amount,
  method: 'card',
  status,
  paid_at: at + 1000,
})

test('an account is updated with every order and every payment', async () => {
  const run = await testJob(customerAccounts, { orders: [order(1, 7, '19.90'), order(2, 7, '0.10'), order(3, 8, '5')] })
  expect(run.table('customer_accounts')).toMatchObject([
    { customer_id: 7, orders: 2n, payments: 0n, open_amount: '20.00' },
    { customer_id: 8, orders: 1n, payments: 0n, open_amount: '5.00' },
  ])
  await run.send('payments', [payment(1, 1, 7, '19.90', 'failed'), payment(2, 1, 7, '19.90'), payment(3, 2, 7, '0.10')])
  expect(run.table('customer_accounts')[0]).toEqual({
    customer_id: 7,
    orders: 2n,
    payments: 2n,
    failed_payments: 1n,
    ordered_amount: '20.00',
    paid_amount: '20.00',
    open_amount: '0.00',
  })
  await run.finish()
})

test('a payment may come before its order', async () => {
  const run = await testJob(customerAccounts, { payments: [payment(1, 1, 7, '12.50')] })
  expect(run.table('customer_accounts')).toMatchObject([{ customer_id: 7, open_amount: '-12.50' }])
  await run.send('orders', [order(1, 7, '12.50')])
  expect(run.table('customer_accounts')).toMatchObject([{ customer_id: 7, open_amount: '0.00' }])
  await run.finish()
})
