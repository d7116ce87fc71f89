-- Trips of each hour in the whole city. An alarm looks at the table: "fewer than 3 trips in an hour!"

SET 'pipeline.name' = 'quiet-hours';
SET 'table.local-time-zone' = 'UTC';

CREATE TABLE rides (
  tpep_pickup_datetime BIGINT,
  pickup AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR pickup AS pickup - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'alarm-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE hour_trips (
  window_start TIMESTAMP(3),
  trips BIGINT,
  PRIMARY KEY (window_start) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'hour_trips'
);

INSERT INTO hour_trips
SELECT window_start, COUNT(*) AS trips
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(pickup), INTERVAL '1' HOUR))
GROUP BY window_start, window_end;
