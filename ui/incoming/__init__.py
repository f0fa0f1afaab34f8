"""What comes to a desk from elsewhere, to be looked at and answered."""
