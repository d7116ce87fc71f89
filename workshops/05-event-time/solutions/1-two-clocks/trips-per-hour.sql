-- How many trips begin in each hour?

CREATE TABLE rides (
  PULocationID INT,
  tpep_pickup_datetime BIGINT,                 -- when the trip began: ms since 1970
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND
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
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR))
GROUP BY window_start, window_end;
