-- What halls say of the papers that they keep: how many the province is not known to have, and how much they take.
ALTER TABLE desk ADD COLUMN papers_waiting integer, ADD COLUMN papers_bytes bigint;
