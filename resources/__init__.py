"""Data that ships with the program: texts, fonts, styles, icons, the starter catalogue. Loaders are typed."""
