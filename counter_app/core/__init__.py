"""What every other room stands on: errors, clock, ids, changes, text, logs and paths."""
