CREATE TABLE doubled (
  pulocationid int NOT NULL,
  dolocationid int NOT NULL,
  total_amount float8 NOT NULL,
  tpep_pickup_datetime bigint NOT NULL
  -- TODO: what makes a ride the same ride?
);
