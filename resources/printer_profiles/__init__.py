"""Receipt printers as data: one TOML file per model or family, read by `printing.profiles`.

`verified` is true only for a model that was printed on by hand; every file names the source of its figures.
"""
