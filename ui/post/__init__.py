"""The page of a post office: many dossiers at once, bags, waybills."""
