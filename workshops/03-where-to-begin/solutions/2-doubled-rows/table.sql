CREATE TABLE doubled (
  pulocationid int NOT NULL,
  dolocationid int NOT NULL,
  total_amount float8 NOT NULL,
  tpep_pickup_datetime bigint NOT NULL,
  PRIMARY KEY (pulocationid, dolocationid, tpep_pickup_datetime)
);
