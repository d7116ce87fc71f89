CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE
) WITH (
  'connector' = 'kafka',
  'topic' = 'new_rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json'
);

CREATE TABLE expensive_rides (
  zone INT,
  amount DOUBLE
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'expensive_rides'
);

-- TODO only rides that cost more than 50 dollars
INSERT INTO expensive_rides
SELECT PULocationID, total_amount FROM rides;
