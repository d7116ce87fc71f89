-- At every full hour: the trips since midnight.

SET 'pipeline.name' = 'since-midnight';
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

CREATE TABLE since_midnight (
  window_start TIMESTAMP(3),
  window_end TIMESTAMP(3),
  trips BIGINT
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'since_midnight'
);

INSERT INTO since_midnight
SELECT window_start, window_end, COUNT(*) AS trips
FROM TABLE(CUMULATE(TABLE rides, DESCRIPTOR(pickup), INTERVAL '1' HOUR, INTERVAL '1' DAY))
GROUP BY window_start, window_end;
