"""The hand-over page: manifests given and received, by scanning."""
