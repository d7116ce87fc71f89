-- Sessions: the clicks of a user with no pause of two minutes between them. ${KAFKA} and ${POSTGRES} are this project's own
-- services.

CREATE TABLE clicks (
  user_id INT,
  page STRING,
  clicked_at BIGINT,                                               -- epoch milliseconds
  event_time AS TO_TIMESTAMP_LTZ(clicked_at, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'clickstream',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE sessions (
  user_id INT,
  session_start TIMESTAMP(3),
  pages BIGINT,
  seconds BIGINT,
  is_bounce BOOLEAN,
  PRIMARY KEY (user_id, session_start) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'sessions'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO sessions
SELECT user_id,
       window_start AS session_start,
       COUNT(*) AS pages,
       (MAX(clicked_at) - MIN(clicked_at)) / 1000 AS seconds,
       COUNT(*) = 1 AS is_bounce
FROM TABLE(SESSION(TABLE clicks PARTITION BY user_id, DESCRIPTOR(event_time), INTERVAL '2' MINUTE))
GROUP BY window_start, window_end, user_id;
