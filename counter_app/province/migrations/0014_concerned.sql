-- Dossiers that one unit received and another one decides. `changes` counts entries about one, of either unit, as they
-- come; a row with `told` below `changes` is to be looked at: the competent unit is shown it, the other one is told the
-- answer. The digests say what each was told last. No row holds anything of the dossier: it is folded when it is shown.
CREATE TABLE concerned (
  dossier text NOT NULL,
  unit_code text NOT NULL REFERENCES unit (code) ON DELETE CASCADE,
  competent_unit text NOT NULL,
  changes bigint NOT NULL DEFAULT 1,
  told bigint NOT NULL DEFAULT 0,
  shown bytea,
  answered bytea,
  tries integer NOT NULL DEFAULT 0,
  try_after timestamptz,
  PRIMARY KEY (dossier, unit_code)
);
CREATE INDEX ON concerned (competent_unit, dossier) WHERE told < changes;
-- Which papers of it the competent unit may have, for as long as it waits.
CREATE TABLE concerned_paper (
  dossier text NOT NULL,
  unit_code text NOT NULL,
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  PRIMARY KEY (dossier, unit_code, sha256),
  FOREIGN KEY (dossier, unit_code) REFERENCES concerned ON DELETE CASCADE
);
CREATE INDEX ON concerned_paper (sha256);
-- Read by a pattern: whatever bytes a desk once sent as a body, they stop no province from being updated.
INSERT INTO concerned (dossier, unit_code, competent_unit)
SELECT subject, unit_code, competent_unit FROM (
  SELECT entry.subject, desk.unit_code,
    substring(encode(entry.body, 'escape') FROM '"competent_unit_code":"([A-Za-z0-9.-]+)"') AS competent_unit
  FROM entry JOIN desk ON desk.id = entry.desk WHERE entry.kind = 'dossier.received'
) AS named WHERE competent_unit <> unit_code
ON CONFLICT DO NOTHING;
