-- Every ride that began on 15 January 2019 or later (UTC), into Postgres.

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'begin-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '1547510400000',   -- 2019-01-15 00:00:00 UTC
  'scan.bounded.mode' = 'latest-offset',      -- end where the topic ends when the job starts
  'format' = 'json'
);

CREATE TABLE second_half (
  pulocationid INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'second_half'
);

INSERT INTO second_half
SELECT PULocationID, total_amount, tpep_pickup_datetime
FROM rides;
