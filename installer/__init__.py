"""How the program becomes packages for Windows and Debian; nothing of it is in them."""
