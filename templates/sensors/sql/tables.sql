-- Where the jobs write. Run once, when Postgres is new (see flinkts.yaml).
CREATE TABLE temperatures (
  window_start timestamp(3) NOT NULL,
  sensor_id text NOT NULL,
  readings bigint NOT NULL,
  lowest double precision NOT NULL,
  average double precision NOT NULL,
  highest double precision NOT NULL,
  PRIMARY KEY (window_start, sensor_id)
);

CREATE TABLE alerts (
  sensor_id text NOT NULL,
  kind text NOT NULL,             -- jump, silence
  since timestamp(3) NOT NULL,
  until timestamp(3),             -- when the sensor was heard again; NULL while it is silent
  detail text NOT NULL,
  PRIMARY KEY (sensor_id, kind, since)
);

CREATE TABLE late_readings (
  sensor_id text PRIMARY KEY,
  readings bigint NOT NULL
);
