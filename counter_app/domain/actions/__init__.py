"""What may be done with a dossier, when and by whom, and what it becomes: one table for all who ask."""
