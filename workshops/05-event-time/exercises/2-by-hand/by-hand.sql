-- Trips per hour, five minutes of patience. Nothing to change in here: write down in prediction.yaml what it will do.

CREATE TABLE rides (
  PULocationID INT,
  tpep_pickup_datetime BIGINT,
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides-by-hand',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.watermark.emit.strategy' = 'on-event',  -- a watermark behind every record, not every 200 ms
  'format' = 'json'
);

CREATE TABLE by_hand_hours (
  window_start TIMESTAMP(3),
  trips BIGINT,
  PRIMARY KEY (window_start) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'by_hand_hours',
  'sink.buffer-flush.interval' = '100 ms'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO by_hand_hours
SELECT window_start, COUNT(*)
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR))
GROUP BY window_start, window_end;
