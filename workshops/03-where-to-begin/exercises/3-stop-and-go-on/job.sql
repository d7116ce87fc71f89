-- Every ride into Postgres, for ever. The table appends: what is read twice is there twice.

SET 'pipeline.name' = 'copy-rides';

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'resume-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE copied (
  pulocationid INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'copied'
);

INSERT INTO copied
SELECT PULocationID, total_amount, tpep_pickup_datetime
FROM rides;
