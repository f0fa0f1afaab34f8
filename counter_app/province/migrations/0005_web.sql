-- Who may see the fleet page. A token is 160 random bits, so its plain hash is enough; sessions alike.
CREATE TABLE officer (
  name text PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  added_at timestamptz NOT NULL
);
CREATE TABLE officer_session (
  hash bytea PRIMARY KEY,
  officer text NOT NULL REFERENCES officer (name) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);

-- How often was asked: a fixed number of buckets, chosen by a keyed digest of an address or a code, so nobody can make
-- the table grow and nothing in it says who asked. Worth nothing after a crash.
CREATE UNLOGGED TABLE web_try (
  bucket integer PRIMARY KEY,
  period bigint NOT NULL,
  count integer NOT NULL
);

-- What desks say of themselves since then; empty for an older desk.
ALTER TABLE desk ADD COLUMN numbers_left integer, ADD COLUMN disk_free_bytes bigint, ADD COLUMN held integer;
