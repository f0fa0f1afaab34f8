-- Which life of the feed an item belongs to: after a restored backup other items come to have the same positions.
ALTER TABLE feed ADD COLUMN mark bytea NOT NULL DEFAULT substring(uuid_send(gen_random_uuid()) FROM 1 FOR 8);
