"""The digitising page: papers of a dossier by line, waiting pages, and their pictures."""
