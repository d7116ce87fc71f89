-- Trips and revenue per pick-up zone and hour. ${KAFKA} and ${POSTGRES} are this project's own services.

CREATE TABLE rides (
  PULocationID INT,
  DOLocationID INT,
  trip_distance DOUBLE,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT,                                     -- epoch milliseconds
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE hourly_revenue (
  window_start TIMESTAMP(3),
  PULocationID INT,
  trips BIGINT,
  revenue DOUBLE,
  PRIMARY KEY (window_start, PULocationID) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'hourly_revenue'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO hourly_revenue
SELECT window_start, PULocationID, COUNT(*) AS trips, SUM(total_amount) AS revenue
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, PULocationID;
