-- What each customer has ordered and paid. ${KAFKA} and ${POSTGRES} are this project's own services.

CREATE TABLE orders (
  order_id BIGINT,
  customer_id INT,
  amount DECIMAL(10, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE payments (
  payment_id BIGINT,
  customer_id INT,
  amount DECIMAL(10, 2),
  status STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'payments',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE customer_accounts (
  customer_id INT,
  orders BIGINT,
  payments BIGINT,
  failed_payments BIGINT,
  ordered_amount DECIMAL(38, 2),
  paid_amount DECIMAL(38, 2),
  open_amount DECIMAL(38, 2),
  PRIMARY KEY (customer_id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'customer_accounts'
);

-- Orders and payments in one shape: both move a customer's account.
CREATE VIEW movements AS
SELECT customer_id, 1 AS orders, 0 AS payments, 0 AS failed_payments,
       amount AS ordered_amount, CAST(0 AS DECIMAL(10, 2)) AS paid_amount
FROM orders
UNION ALL
SELECT customer_id, 0, 1, 0, CAST(0 AS DECIMAL(10, 2)), amount
FROM payments
WHERE status = 'paid'
UNION ALL
SELECT customer_id, 0, 0, 1, CAST(0 AS DECIMAL(10, 2)), CAST(0 AS DECIMAL(10, 2))
FROM payments
WHERE status = 'failed';

-- No window: the result is updated with every movement, and the primary key makes Postgres keep the last state.
INSERT INTO customer_accounts
SELECT customer_id, SUM(orders), SUM(payments), SUM(failed_payments),
       SUM(ordered_amount), SUM(paid_amount), SUM(ordered_amount) - SUM(paid_amount)
FROM movements
GROUP BY customer_id;
