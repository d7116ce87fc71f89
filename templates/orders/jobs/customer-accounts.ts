// What each customer has ordered and paid: the same result as customer-accounts.sql. Functions bring orders and payments
// into one shape, union puts them together, SQL sums up.
import { job, json, kafka, schema, t } from 'flinkts'
import { Order, Payment } from './schemas.ts'

const Movement = schema({
  customer_id: t.int(),
  orders: t.int(),
  payments: t.int(),
  failed_payments: t.int(),
  ordered_amount: t.decimal(10, 2),
  paid_amount: t.decimal(10, 2),
})

const none = { orders: 0, payments: 0, failed_payments: 0, ordered_amount: '0', paid_amount: '0' }

export default job('customer-accounts', (env) => {
  const orders = env
    .from(kafka({ topic: 'orders', value: json(Order), start: 'earliest' }))
    .map(Movement, ({ customer_id, amount }) => ({ ...none, customer_id, orders: 1, ordered_amount: amount }))
  const payments = env
    .from(kafka({ topic: 'payments', value: json(Payment), start: 'earliest' }))
    .map(Movement, ({ customer_id, amount, status }) =>
      status === 'paid'
        ? { ...none, customer_id, payments: 1, paid_amount: amount }
        : { ...none, customer_id, failed_payments: 1 },
    )

  env.sql`
    CREATE TABLE customer_accounts (
      customer_id INT,
      orders BIGINT,
      payments BIGINT,
      failed_payments BIGINT,
      ordered_amount DECIMAL(38, 2),
      paid_amount DECIMAL(38, 2),
      open_amount DECIMAL(38, 2),
      PRIMARY KEY (customer_id) NOT ENFORCED
    ) WITH ('connector' = 'jdbc', 'table-name' = 'customer_accounts');

    INSERT INTO customer_accounts
    SELECT customer_id, SUM(orders), SUM(payments), SUM(failed_payments),
           SUM(ordered_amount), SUM(paid_amount), SUM(ordered_amount) - SUM(paid_amount)
    FROM ${orders.union(payments)}
    GROUP BY customer_id`
})
