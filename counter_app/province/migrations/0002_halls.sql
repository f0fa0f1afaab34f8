-- Which hall carried a batch up: it has it already and does not ask for it back.
ALTER TABLE feed ADD COLUMN hall text;
