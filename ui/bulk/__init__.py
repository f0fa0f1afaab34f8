"""Working on many dossiers at once: marking them in a list, a preview, the run and its result."""
