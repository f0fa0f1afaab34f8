-- What other systems are asked about dossiers: one row for each question. No row holds what is asked: it is made from the
-- unit's mirror when it is sent. `planned` says up to which change a dossier's questions were worked out.
ALTER TABLE portal_sending ADD COLUMN planned bigint NOT NULL DEFAULT 0;
CREATE INDEX ON portal_sending (unit_code, dossier) WHERE planned < changes;
CREATE TABLE system_request (
  dossier text NOT NULL,
  system text NOT NULL,
  request text NOT NULL,
  unit_code text NOT NULL REFERENCES unit (code) ON DELETE CASCADE,
  state text NOT NULL DEFAULT 'waiting',
  reason text NOT NULL DEFAULT '',
  tries integer NOT NULL DEFAULT 0,
  try_after timestamptz,
  answered_at timestamptz,
  PRIMARY KEY (dossier, system, request)
);
CREATE INDEX ON system_request (system, try_after NULLS FIRST) WHERE state IN ('waiting', 'sent');
-- Which systems the desks of a unit were told of.
CREATE TABLE system_offer (
  unit_code text NOT NULL REFERENCES unit (code) ON DELETE CASCADE,
  system text NOT NULL,
  PRIMARY KEY (unit_code, system)
);
