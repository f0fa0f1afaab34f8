"""What asks for work today."""
