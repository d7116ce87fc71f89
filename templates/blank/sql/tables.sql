-- Where the jobs write. Run once, when Postgres is new (see flinkts.yaml).
CREATE TABLE events (
  id integer PRIMARY KEY,
  text text NOT NULL,
  happened_at timestamp(3) NOT NULL
);
