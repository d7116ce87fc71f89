-- Where the jobs write. Run once, when Postgres is new (see flinkts.yaml).
CREATE TABLE sessions (
  user_id integer NOT NULL,
  session_start timestamp(3) NOT NULL,
  pages bigint NOT NULL,
  seconds bigint NOT NULL,
  is_bounce boolean NOT NULL,
  PRIMARY KEY (user_id, session_start)
);

CREATE TABLE page_views (
  window_start timestamp(3) NOT NULL,
  page text NOT NULL,
  views bigint NOT NULL,
  users bigint NOT NULL,
  PRIMARY KEY (window_start, page)
);

-- How many sessions of each minute ended with their first page.
CREATE VIEW bounces AS
SELECT date_trunc('minute', session_start) AS minute,
       count(*) AS sessions,
       round(avg(pages), 2) AS pages_per_session,
       round(100 * avg(is_bounce::integer), 1) AS bounce_percent
FROM sessions
GROUP BY minute
ORDER BY minute;
