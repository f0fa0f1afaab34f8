"""New versions of the program: packs, where they lie, trying one, going back. Knows no store and no screen."""
