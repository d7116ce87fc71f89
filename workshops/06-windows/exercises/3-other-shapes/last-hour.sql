-- Every quarter of an hour: the trips of the last hour.
-- TODO: TUMBLE answers once an hour only. Which window overlaps?

SET 'pipeline.name' = 'last-hour';
SET 'table.local-time-zone' = 'UTC';

CREATE TABLE rides (
  tpep_pickup_datetime BIGINT,
  pickup AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR pickup AS pickup - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'shape-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json'
);

CREATE TABLE last_hour (
  window_start TIMESTAMP(3),
  window_end TIMESTAMP(3),
  trips BIGINT
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'last_hour'
);

INSERT INTO last_hour
SELECT window_start, window_end, COUNT(*) AS trips
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(pickup), INTERVAL '1' HOUR))
GROUP BY window_start, window_end;
