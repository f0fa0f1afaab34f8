"""Doing one action of the table with a dossier: its form, and what will come of it."""
