-- Every ride into Postgres, for ever. Its state is kept on the machine it runs on.

SET 'pipeline.name' = 'copy-for-the-map';
SET 'execution.checkpointing.interval' = '200ms';   -- with each checkpoint the job leaves its bookmark

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'bookmark-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'properties.group.id' = 'the-map',
  'scan.startup.mode' = 'earliest-offset',   -- TODO: where the bookmark is. And the first time, without one?
  'format' = 'json'
);

CREATE TABLE map_rides (
  pulocationid INT,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'map_rides'
);

INSERT INTO map_rides
SELECT PULocationID, total_amount, tpep_pickup_datetime
FROM rides;
