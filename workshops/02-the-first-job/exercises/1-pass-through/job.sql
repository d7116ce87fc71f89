-- Every ride of the topic `carry-rides`, as it comes, into the Postgres table `carried_trips`.
-- ${KAFKA} and ${POSTGRES} are the services of this project: flinkts fills in their addresses.

SET 'pipeline.name' = 'carry';

-- Where the rides are. This makes no topic: it says how to read one that is there.
CREATE TABLE rides (
  -- TODO 1: two fields are missing, the zones of pick-up and drop-off, both INT. What are they called in the records?
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

-- TODO 2: the job. INSERT INTO trips SELECT …, a column of rides for each column of trips.
-- A number of milliseconds becomes a timestamp like this:
--   CAST(TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3) AS TIMESTAMP(3))
