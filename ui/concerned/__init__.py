"""Dossiers that another unit received and this one decides."""
