-- Every ride of the topic `carry-rides`, as it comes, into the Postgres table `carried_trips`.
-- ${KAFKA} and ${POSTGRES} are the services of this project: flinkts fills in their addresses.

SET 'pipeline.name' = 'carry';

-- Where the rides are. This makes no topic: it says how to read one that is there.
CREATE TABLE rides (
  PULocationID INT,
  DOLocationID INT,
  trip_distance DOUBLE,
  total_amount DOUBLE,
  tpep_pickup_datetime BIGINT                  -- milliseconds since 1970
) WITH (
  'connector' = 'kafka',
  'topic' = 'carry-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

-- Where they go. This makes no table either: `carried_trips` is in Postgres already.
CREATE TABLE trips (
  pickup_zone INT,
  dropoff_zone INT,
  distance DOUBLE,
  amount DOUBLE,
  picked_up_at TIMESTAMP(3)
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'carried_trips'
);

-- The job: columns go by their place, not by their name.
INSERT INTO trips
SELECT PULocationID, DOLocationID, trip_distance, total_amount,
       CAST(TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3) AS TIMESTAMP(3))
FROM rides;
