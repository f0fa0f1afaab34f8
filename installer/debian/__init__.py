"""The Debian package, and the same as a tarball for one user."""
