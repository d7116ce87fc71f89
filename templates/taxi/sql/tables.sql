-- Where the jobs write. Run once, when Postgres is new (see flinkts.yaml).
CREATE TABLE hourly_revenue (
  window_start timestamp(3) NOT NULL,
  pulocationid integer NOT NULL,
  trips bigint NOT NULL,
  revenue double precision NOT NULL,
  PRIMARY KEY (window_start, pulocationid)
);

CREATE TABLE trips (
  pulocationid integer,
  dolocationid integer,
  trip_distance double precision,
  total_amount double precision,
  pickup_datetime timestamp(3)
);
