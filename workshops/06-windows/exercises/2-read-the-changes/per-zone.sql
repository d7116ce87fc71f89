-- Trips per zone. A SELECT is printed change by change. Nothing to change here: run it, after you have guessed.

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

SELECT zone, COUNT(*) AS trips
FROM rides
GROUP BY zone;
