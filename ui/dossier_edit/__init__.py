"""Putting facts of a dossier right, with the reason."""
