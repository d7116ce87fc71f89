-- Reads rides for ever. Where they go does not matter here: 'blackhole' takes everything and keeps nothing.

SET 'pipeline.name' = 'billing';
SET 'execution.checkpointing.interval' = '200ms';   -- with each checkpoint the job leaves its bookmark

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE
) WITH (
  'connector' = 'kafka',
  'topic' = 'log-groups',
  'properties.bootstrap.servers' = '${KAFKA}',
  'properties.group.id' = 'billing',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE bills (
  PULocationID INT,
  total_amount DOUBLE
) WITH ('connector' = 'blackhole');

INSERT INTO bills SELECT PULocationID, total_amount FROM rides;
