-- How many trips begin in each hour? This job looks at the wrong clock.

CREATE TABLE rides (
  PULocationID INT,
  tpep_pickup_datetime BIGINT,                 -- when the trip began: ms since 1970
  -- TODO: make an event time of it (TO_TIMESTAMP_LTZ), and declare a WATERMARK FOR it, 5 seconds behind
  now_timestamp AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides-clocks',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE clocks_hours (
  window_start TIMESTAMP(3),
  trips BIGINT,
  PRIMARY KEY (window_start) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'clocks_hours',
  'sink.buffer-flush.interval' = '100 ms'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO clocks_hours
SELECT window_start, COUNT(*)
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(now_timestamp), INTERVAL '1' HOUR))   -- TODO: and here the same clock
GROUP BY window_start, window_end;
