-- Every trip as it comes, into Postgres.

CREATE TABLE rides (
  PULocationID INT,
  DOLocationID INT,
  trip_distance DOUBLE,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE trips (
  PULocationID INT,
  DOLocationID INT,
  trip_distance DOUBLE,
  total_amount DOUBLE,
  pickup_datetime TIMESTAMP(3)
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'trips'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO trips
SELECT PULocationID, DOLocationID, trip_distance, total_amount,
       CAST(TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3) AS TIMESTAMP(3))
FROM rides;
