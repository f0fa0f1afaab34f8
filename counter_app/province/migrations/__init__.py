"""Changes of the province's tables: numbered SQL files, each applied once, in order."""
