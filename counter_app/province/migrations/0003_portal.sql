-- What the national portal must be told of: one row for each dossier. `changes` counts entries about it as they come,
-- `told` says how many of them the portal's last answer was about; a row with `told` below `changes` is to be sent.
CREATE TABLE portal_sending (
  dossier text PRIMARY KEY,
  unit_code text NOT NULL REFERENCES unit (code),
  changes bigint NOT NULL DEFAULT 1,
  told bigint NOT NULL DEFAULT 0,
  is_known boolean NOT NULL DEFAULT false,
  digest bytea,
  steps bytea NOT NULL DEFAULT '',
  tries integer NOT NULL DEFAULT 0,
  try_after timestamptz,
  answered_at timestamptz,
  refusal text NOT NULL DEFAULT ''
);
CREATE INDEX ON portal_sending (unit_code, dossier) WHERE told < changes;
INSERT INTO portal_sending (dossier, unit_code) SELECT DISTINCT id, unit_code FROM dossier;
