-- Digitised papers that entries of a unit name; `received_at` once the whole file is here.
CREATE TABLE paper (
  unit_code text NOT NULL REFERENCES unit (code),
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  received_at timestamptz,
  PRIMARY KEY (unit_code, sha256)
);
INSERT INTO paper (unit_code, sha256, size_bytes)
SELECT DISTINCT ON (unit_code, sha256) unit_code, decode(content ->> 'sha256', 'hex') AS sha256, (content ->> 'size_bytes')::bigint
FROM (
  SELECT desk.unit_code, coalesce(body #> '{document,content}', body -> 'content') AS content
  FROM (SELECT desk, convert_from(body, 'UTF8')::jsonb AS body FROM entry WHERE kind IN ('document.attached', 'document.renewed')) AS named
  JOIN desk ON desk.id = named.desk
) AS contents;
