"""The rules of the one-stop desk, pure: no disk, no screen, no clock of its own."""
