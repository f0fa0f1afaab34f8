-- Epochs given to desks whose journal two machines had written; the same claim gets the same one again.
CREATE TABLE epoch_grant (
  desk text NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  claim bytea NOT NULL,
  epoch integer NOT NULL,
  given_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (desk, claim),
  UNIQUE (desk, epoch)
);
