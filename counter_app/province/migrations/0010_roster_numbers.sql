-- The number of a unit's newest roster. It grows with the clock too, so that it goes on growing after a restored backup.
ALTER TABLE unit ADD COLUMN roster_number bigint NOT NULL DEFAULT 0;
