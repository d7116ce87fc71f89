-- Every ride into Postgres.

CREATE TABLE rides (
  PULocationID INT,
  DOLocationID INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'double-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json'
);

CREATE TABLE doubled (
  pulocationid INT,
  dolocationid INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT,
  PRIMARY KEY (pulocationid, dolocationid, tpep_pickup_datetime) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'doubled'
);

INSERT INTO doubled
SELECT PULocationID, DOLocationID, total_amount, tpep_pickup_datetime
FROM rides;
