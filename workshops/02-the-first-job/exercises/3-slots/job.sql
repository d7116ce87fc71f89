-- Trips per pick-up zone, as they come. Nothing to change here: run it and look.

SET 'pipeline.name' = 'zone-counts';

CREATE TABLE rides (
  PULocationID INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'slot-rides',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE zone_counts (
  PULocationID INT,
  trips BIGINT,
  PRIMARY KEY (PULocationID) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'zone_counts'
);

INSERT INTO zone_counts
SELECT PULocationID, COUNT(*) FROM rides GROUP BY PULocationID;
