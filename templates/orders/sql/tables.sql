-- Where the jobs write. Run once, when Postgres is new (see flinkts.yaml).
CREATE TABLE customer_accounts (
  customer_id integer PRIMARY KEY,
  orders bigint NOT NULL,
  payments bigint NOT NULL,
  failed_payments bigint NOT NULL,
  ordered_amount numeric(38, 2) NOT NULL,
  paid_amount numeric(38, 2) NOT NULL,
  open_amount numeric(38, 2) NOT NULL
);
