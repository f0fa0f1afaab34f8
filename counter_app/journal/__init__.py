"""The one journal: whatever a clerk does is an entry, and every derived row is a fold of entries."""
