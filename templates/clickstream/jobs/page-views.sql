-- Views and different users of each page, minute by minute.

CREATE TABLE clicks (
  user_id INT,
  page STRING,
  clicked_at BIGINT,
  event_time AS TO_TIMESTAMP_LTZ(clicked_at, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'clickstream',
  'properties.bootstrap.servers' = '${KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE page_views (
  window_start TIMESTAMP(3),
  page STRING,
  `views` BIGINT, -- a reserved word of SQL: in back-quotes
  users BIGINT,
  PRIMARY KEY (window_start, page) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES}',
  'table-name' = 'page_views'
);

SET 'table.local-time-zone' = 'UTC';

INSERT INTO page_views
SELECT window_start, page, COUNT(*) AS `views`, COUNT(DISTINCT user_id) AS users
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, page;
