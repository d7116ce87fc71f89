-- Prints every ride; the number before `>` is the subtask that had it. Nothing to change here: run it and look.

SET 'pipeline.name' = 'who-reads';

CREATE TABLE rides (
  PULocationID INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'lanes',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',      -- ends at what is there now
  'format' = 'json'
);

CREATE TABLE seen (
  PULocationID INT
) WITH (
  'connector' = 'print'
);

INSERT INTO seen SELECT PULocationID FROM rides;
