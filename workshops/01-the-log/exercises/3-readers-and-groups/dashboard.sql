-- The dashboard's reader. Somebody copied billing.sql and changed the table it writes to.

SET 'pipeline.name' = 'dashboard';
SET 'execution.checkpointing.interval' = '200ms';

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE
) WITH (
  'connector' = 'kafka',
  'topic' = 'log-groups',
  'properties.bootstrap.servers' = '${KAFKA}',
  'properties.group.id' = 'billing',   -- TODO: a bookmark of its own
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE dashboard (
  PULocationID INT,
  total_amount DOUBLE
) WITH ('connector' = 'blackhole');

INSERT INTO dashboard SELECT PULocationID, total_amount FROM rides;
