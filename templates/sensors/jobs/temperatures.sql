-- Temperatures of each sensor, minute by minute. ${KAFKA} and ${POSTGRES} are this project's own services.

CREATE TABLE readings (
  sensor_id STRING,
  temperature DOUBLE,
  measured_at BIGINT,                                              -- epoch milliseconds
  event_time AS TO_TIMESTAMP_LTZ(measured_at, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND     -- so much out of order is waited for
) WITH (
  'connector' = 'kafka',
  'topic' = 'sensors',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE temperatures (
  window_start TIMESTAMP(3),
  sensor_id STRING,
  readings BIGINT,
  lowest DOUBLE,
  average DOUBLE,
  highest DOUBLE,
  PRIMARY KEY (window_start, sensor_id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'temperatures'
);

SET 'table.local-time-zone' = 'UTC';

-- A reading that comes when its minute has been written is dropped and counted: see `flinkts why`.
INSERT INTO temperatures
SELECT window_start, sensor_id, COUNT(*) AS readings,
       MIN(temperature) AS lowest, AVG(temperature) AS average, MAX(temperature) AS highest
FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, sensor_id;
