-- Configuration packs as they were signed; without a unit they are for every unit, those that come later too.
CREATE TABLE configuration_pack (
  number bigint PRIMARY KEY,
  unit_code text REFERENCES unit (code),
  name text NOT NULL,
  effective_on date NOT NULL,
  issued_at timestamptz NOT NULL,
  procedures integer NOT NULL,
  days integer NOT NULL,
  data bytea NOT NULL
);
