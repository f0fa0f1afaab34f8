-- In which order databases were put back, and up to which of them somebody saw that a unit's numbers are free: the clock
-- of the machine it was put back on may be behind that of the one before.
ALTER TABLE put_back ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE unit ADD COLUMN numbers_checked bigint NOT NULL DEFAULT 0;
UPDATE unit SET numbers_checked = (SELECT coalesce(max(number), 0) FROM put_back)
WHERE numbers_checked_at > (SELECT max(at) FROM put_back);
ALTER TABLE unit DROP COLUMN numbers_checked_at;
