-- Trips per zone and hour. Nothing to change here: run it, after you have guessed.

SET 'table.local-time-zone' = 'UTC';

CREATE TABLE rides (
  zone STRING,
  pickup_ms BIGINT,
  pickup AS TO_TIMESTAMP_LTZ(pickup_ms, 3),
  WATERMARK FOR pickup AS pickup - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'four-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json'
);

SELECT window_start, zone, COUNT(*) AS trips
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(pickup), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, zone;
