-- Units and their desks. The feed of a unit has positions without gaps, given under the lock of its row.
CREATE TABLE unit (
  code text PRIMARY KEY,
  facts bytea NOT NULL,
  feed_position bigint NOT NULL DEFAULT 0,
  next_number integer NOT NULL DEFAULT 1
);

CREATE TABLE desk (
  id text PRIMARY KEY,
  unit_code text NOT NULL REFERENCES unit (code),
  name text NOT NULL,
  kind text NOT NULL,
  public_key bytea NOT NULL UNIQUE,
  slice_low integer NOT NULL,
  slice_high integer NOT NULL,
  recipient text NOT NULL DEFAULT '',
  enrolled_at timestamptz NOT NULL,
  revoked_at timestamptz,
  seen_at timestamptz,
  unsent integer,
  oldest_unsent_at timestamptz,
  version text
);

-- Only the hash of a one-time code is kept. A desk that never pushed may be replaced: the answer to it was lost.
CREATE TABLE enrolment (
  code_hash bytea PRIMARY KEY,
  unit_code text NOT NULL REFERENCES unit (code),
  name text NOT NULL,
  kind text NOT NULL,
  slice_low integer NOT NULL,
  slice_high integer NOT NULL,
  expires_at timestamptz NOT NULL,
  desk_id text REFERENCES desk (id) ON DELETE SET NULL
);

-- How far each chain is here. Its row is the lock under which entries of the chain are taken.
CREATE TABLE chain (
  desk text NOT NULL REFERENCES desk (id),
  epoch integer NOT NULL,
  seq integer NOT NULL,
  at bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (desk, epoch)
);

-- `at` is a hybrid logical clock: milliseconds since 1970 << 16 | counter; `month` is its month, UTC.
CREATE TABLE entry (
  month date NOT NULL,
  desk text NOT NULL,
  epoch integer NOT NULL,
  seq integer NOT NULL,
  id text NOT NULL,
  at bigint NOT NULL,
  clerk text NOT NULL,
  kind text NOT NULL,
  version integer NOT NULL,
  subject text NOT NULL,
  body bytea NOT NULL,
  hash bytea NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (month, desk, epoch, seq)
) PARTITION BY RANGE (month);
CREATE INDEX ON entry (desk, epoch, seq);
CREATE INDEX ON entry (subject);
-- What a clock that is years wrong wrote; months are made as they come.
CREATE TABLE entry_elsewhen PARTITION OF entry DEFAULT;

CREATE TABLE waiting_batch (
  desk text NOT NULL REFERENCES desk (id),
  epoch integer NOT NULL,
  first_seq integer NOT NULL,
  data bytea NOT NULL,
  came_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (desk, epoch, first_seq)
);

-- Two machines wrote one journal: the batch that was not taken, whole.
CREATE TABLE fork (
  desk text NOT NULL REFERENCES desk (id),
  epoch integer NOT NULL,
  seq integer NOT NULL,
  hash bytea NOT NULL,
  differs_at integer NOT NULL,
  data bytea NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (desk, epoch, seq, hash)
);

CREATE TABLE feed (
  unit_code text NOT NULL REFERENCES unit (code),
  position bigint NOT NULL,
  kind text NOT NULL,
  desk text,
  data bytea NOT NULL,
  PRIMARY KEY (unit_code, position)
);

CREATE TABLE dossier (
  code text PRIMARY KEY,
  id text NOT NULL,
  unit_code text NOT NULL,
  desk text NOT NULL
);
