-- Who gave a batch that waits unproved: it takes no place of what somebody else gives, nor of the desk's own.
ALTER TABLE waiting_batch ADD COLUMN giver text;
UPDATE waiting_batch SET giver = desk;
ALTER TABLE waiting_batch ALTER COLUMN giver SET NOT NULL, DROP CONSTRAINT waiting_batch_pkey,
  ADD PRIMARY KEY (desk, epoch, first_seq, giver);
CREATE INDEX ON waiting_batch (giver, came_at);
