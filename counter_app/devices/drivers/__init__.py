"""One thread per device role: it opens the port, reads codes, and tries again when the device is gone."""
