"""Personal digital signatures on documents: the token, PAdES, verification."""
