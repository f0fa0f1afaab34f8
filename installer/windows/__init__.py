"""The Windows installer, made on Debian."""
