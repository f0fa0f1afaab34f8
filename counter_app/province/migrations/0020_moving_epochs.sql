-- Whether entries move to the epoch that was given: only one machine of a desk does that at a time.
ALTER TABLE epoch_grant ADD COLUMN moves boolean NOT NULL DEFAULT false;
