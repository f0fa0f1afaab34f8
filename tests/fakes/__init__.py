"""Stand-ins for what is physical, slow or remote; they speak the real protocols."""
