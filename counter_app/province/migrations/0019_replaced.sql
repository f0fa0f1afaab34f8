-- Desks and halls in whose place their code made another one before they were heard: the list that they were given does
-- not bring them back.
CREATE TABLE replaced (id text PRIMARY KEY);
