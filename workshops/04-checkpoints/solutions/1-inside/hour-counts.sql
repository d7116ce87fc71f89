-- Trips per zone and hour. The job works; what it lacks is a memory that outlives a crash.

SET 'execution.checkpointing.interval' = '500 ms';

CREATE TABLE rides (
  PULocationID INT,
  tpep_pickup_datetime BIGINT,
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides-inside',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE inside_hours (
  window_start TIMESTAMP(3),
  PULocationID INT,
  trips BIGINT,
  PRIMARY KEY (window_start, PULocationID) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'inside_hours'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO inside_hours
SELECT window_start, PULocationID, COUNT(*)
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, PULocationID;
