"""Looking dossiers up."""
