-- How often in a row a system gave no answer to a question; `tries` counts its answers that nothing is there yet.
ALTER TABLE system_request ADD COLUMN failures integer NOT NULL DEFAULT 0;
