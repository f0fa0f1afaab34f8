"""Receiving a dossier: the page where a clerk spends the day."""
