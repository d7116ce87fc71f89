-- Every event as it comes, into Postgres. ${KAFKA} and ${POSTGRES} are this project's own services.

CREATE TABLE events_topic (
  id INT,
  text STRING,
  happened_at BIGINT                                               -- epoch milliseconds
) WITH (
  'connector' = 'kafka',
  'topic' = 'events',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE events (
  id INT,
  text STRING,
  happened_at TIMESTAMP(3),
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'events'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO events
SELECT id, text, CAST(TO_TIMESTAMP_LTZ(happened_at, 3) AS TIMESTAMP(3))
FROM events_topic;
