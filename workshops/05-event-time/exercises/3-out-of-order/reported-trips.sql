-- Trips per hour of 17 January, as the taxis reported them: some are told minutes after they began.

CREATE TABLE rides (
  PULocationID INT,
  tpep_pickup_datetime BIGINT,
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND   -- TODO: how late do they come?
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides-reported',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.watermark.emit.strategy' = 'on-event',  -- as if the day took a day: a watermark behind every record
  'format' = 'json'
);

CREATE TABLE reported_hours (
  window_start TIMESTAMP(3),
  trips BIGINT,
  PRIMARY KEY (window_start) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'reported_hours',
  'sink.buffer-flush.interval' = '100 ms'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO reported_hours
SELECT window_start, COUNT(*)
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR))
GROUP BY window_start, window_end;
