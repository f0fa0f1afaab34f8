-- Requests that came in online, as they were signed for the desks of their unit. `number` is their own one elsewhere;
-- `digest` tells whether the same is offered again. The dossier that answers one has its id.
CREATE TABLE online_submission (
  id text PRIMARY KEY,
  number text NOT NULL UNIQUE,
  unit_code text NOT NULL REFERENCES unit (code),
  handed_in_at timestamptz NOT NULL,
  came_at timestamptz NOT NULL,
  digest bytea NOT NULL,
  data bytea NOT NULL
);
