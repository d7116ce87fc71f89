-- Revenue per zone. It ran for weeks; since this morning it does not.

SET 'execution.checkpointing.interval' = '1 min';
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '3';
SET 'restart-strategy.fixed-delay.delay' = '100 ms';

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides-troubled',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
  -- TODO, after the diagnosis: an option of the format that passes over what it cannot read
);

CREATE TABLE troubled_zones (
  PULocationID INT,
  trips BIGINT,
  revenue DOUBLE,
  PRIMARY KEY (PULocationID) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'troubled_zones',
  'sink.buffer-flush.interval' = '100 ms'
);

INSERT INTO troubled_zones
SELECT PULocationID, COUNT(*), SUM(total_amount) FROM rides GROUP BY PULocationID;
