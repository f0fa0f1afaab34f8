-- When this database was put back from a backup. It does not know which numbers were given since that backup, so in
-- each unit an officer says once that those to be given are free.
CREATE TABLE put_back (at timestamptz NOT NULL DEFAULT now());
ALTER TABLE unit ADD COLUMN numbers_checked_at timestamptz;
