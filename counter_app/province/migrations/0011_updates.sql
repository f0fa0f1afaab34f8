-- Update packs that desks may fetch. The file itself lies with the papers, by its content; `most_share` is its maker's word,
-- and `share` the province's: for so many desks in a hundred, none at 0.
CREATE TABLE program_update (
  version text NOT NULL,
  platform text NOT NULL,
  minimum_version text NOT NULL,
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  most_share integer NOT NULL,
  share integer NOT NULL,
  offered_at timestamptz NOT NULL,
  PRIMARY KEY (platform, version)
);
