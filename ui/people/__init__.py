"""Known people: finding them, their dossiers together, merging doubles."""
