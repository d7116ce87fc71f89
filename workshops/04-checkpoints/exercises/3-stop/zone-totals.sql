-- Trips and revenue per zone since the beginning. Nothing to change in here: the gap is in runbook.yaml.

SET 'execution.checkpointing.interval' = '200 ms';

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides-stop',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'latest-offset',          -- where a job without state begins: old trips are none of its business
  'format' = 'json'
);

CREATE TABLE stop_totals (
  PULocationID INT,
  trips BIGINT,
  revenue DOUBLE,
  PRIMARY KEY (PULocationID) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'stop_totals',
  'sink.buffer-flush.interval' = '100 ms'
);

INSERT INTO stop_totals
SELECT PULocationID, COUNT(*), SUM(total_amount) FROM rides GROUP BY PULocationID;
