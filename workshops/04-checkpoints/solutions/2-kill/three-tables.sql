-- One topic into three tables. A TaskManager is killed in the middle: which of them are right afterwards?

SET 'execution.checkpointing.interval' = '1 min';   -- the check takes one when it wants one
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '3';
SET 'restart-strategy.fixed-delay.delay' = '200 ms';

CREATE TABLE rides (
  PULocationID INT,
  total_amount DOUBLE,
  kafka_partition INT METADATA FROM 'partition' VIRTUAL,   -- where the record stands in the topic
  kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL
) WITH (
  'connector' = 'kafka',
  'topic' = 'rides-kill',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

-- 1: trips per zone. The job counts them itself and keeps the counts as its state.
CREATE TABLE kill_zones (
  PULocationID INT,
  trips BIGINT,
  PRIMARY KEY (PULocationID) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'kill_zones',
  'sink.buffer-flush.interval' = '100 ms'
);

-- 2: a log of all trips. Leave it as it is: rows are only added.
CREATE TABLE kill_log (
  kafka_partition INT,
  kafka_offset BIGINT,
  PULocationID INT,
  total_amount DOUBLE
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'kill_log',
  'sink.buffer-flush.interval' = '100 ms'
);

-- 3: the same trips, but each of them once, whatever happens.
CREATE TABLE kill_trips (
  kafka_partition INT,
  kafka_offset BIGINT,
  PULocationID INT,
  total_amount DOUBLE,
  PRIMARY KEY (kafka_partition, kafka_offset) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'kill_trips',
  'sink.buffer-flush.interval' = '100 ms'
);

EXECUTE STATEMENT SET BEGIN
  INSERT INTO kill_zones SELECT PULocationID, COUNT(*) FROM rides GROUP BY PULocationID;
  INSERT INTO kill_log SELECT kafka_partition, kafka_offset, PULocationID, total_amount FROM rides;
  INSERT INTO kill_trips SELECT kafka_partition, kafka_offset, PULocationID, total_amount FROM rides;
END;
