-- What a desk asked in the bundle of it that came last, the answer to a claim that lay in one, and which papers it spoke of
-- in the one that was made last: an older one may come after it.
CREATE TABLE asking (
  desk text PRIMARY KEY REFERENCES desk (id) ON DELETE CASCADE,
  made_at timestamptz NOT NULL,
  data bytea NOT NULL,
  papers bytea NOT NULL,
  claim bytea NOT NULL DEFAULT '',
  admission bytea NOT NULL DEFAULT ''
);
