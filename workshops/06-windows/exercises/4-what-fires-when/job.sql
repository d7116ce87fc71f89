-- Trips of each hour. Some taxis are without a signal for a while: the watermark stays 20 minutes behind.
-- Nothing to change here: run it, send the rides one by one, and watch.

SET 'pipeline.name' = 'what-fires';
SET 'table.local-time-zone' = 'UTC';

CREATE TABLE rides (
  tpep_pickup_datetime BIGINT,
  pickup AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR pickup AS pickup - INTERVAL '20' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = 'eight-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE fired (
  window_start TIMESTAMP(3),
  trips BIGINT,
  PRIMARY KEY (window_start) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'fired'
);

INSERT INTO fired
SELECT window_start, COUNT(*) AS trips
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(pickup), INTERVAL '1' HOUR))
GROUP BY window_start, window_end;
