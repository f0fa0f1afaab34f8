"""What goes into the program's one folder, and what of its libraries stays out. The same on both systems.

Read by `counter-app.spec`; kept apart from it because a spec file is not checked by anything.
"""

import re
from pathlib import PurePosixPath

ENTRY = "counter_app/__main__.py"

OWN_PACKAGES = ("counter_app", "ui", "printing", "resources")

DATA_OF = (*OWN_PACKAGES, "escpos", "holidays", "barcode")
"""Packages whose own files beside their code are read at run time."""

SCRIPTS_OF = ("counter_app/store/migrations", "counter_app/province/migrations")
"""Folders that are read as files, Python and all: Alembic loads a step by its path."""

METADATA_OF = ("counter-app", "keyring", "python-escpos")

HIDDEN_IMPORTS = (
    "cv2",
    "holidays.countries.vietnam",
    "logging.config",
    "numpy",
    "pkcs11",
    "psycopg",
    "psycopg_pool",
    "pyhanko",
    "pyhanko_certvalidator",
    "pyrage",
    "sqlalchemy.dialects.sqlite.pysqlcipher",
    "sqlcipher3.dbapi2",
    "tesserocr",
    "tzdata",
    "zxingcpp",
)
"""Found by no reader of import statements: named in texts, or imported by a library written in C."""

EXCLUDES = (
    "IPython",
    "PyInstaller",
    "PySide6.QtNetwork",
    "PySide6.QtOpenGL",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "_pytest",
    "curses",
    "idlelib",
    "lib2to3",
    "matplotlib",
    "nats",
    "phonenumbers.carrier",
    "phonenumbers.carrierdata",
    "phonenumbers.geocoder",
    "phonenumbers.geodata",
    "phonenumbers.timezone",
    "phonenumbers.tzdata",
    "pip",
    "pydoc_data",
    "pytest",
    "readline",
    "setuptools",
    "tkinter",
    "turtledemo",
    "zstandard._cffi",
    "zstandard.backend_cffi",
    "zstandard.backend_rust",
)

_QT_MODULES = "Core|DBus|Gui|PrintSupport|Svg|WaylandClient|Widgets|WlShellIntegration|XcbQpa"
_QT_PLUGINS = {
    "iconengines": {"qsvgicon"},
    "imageformats": {"qico", "qjpeg", "qsvg"},
    "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
    "platforms": {"qoffscreen", "qwayland", "qwindows", "qxcb"},
    "platformthemes": {"qxdgdesktopportal"},
    "printsupport": {"cupsprintersupport", "windowsprintersupport"},
    "styles": {"qmodernwindowsstyle", "qwindowsvistastyle"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-shell-integration": {"xdg-shell"},
}
"""What the window uses: raster drawing, typing through the system's input methods, and printing. No OpenGL, no QML."""

_QT_LIBRARY = re.compile(r"(?:^|/)(?:lib)?Qt6(\w+?)(?:\.so[.\d]*|\.dll)$")
_QT_KEPT = re.compile(rf"(?:{_QT_MODULES})$")
_QT_PLUGIN = re.compile(r"PySide6/(?:Qt/)?plugins/([^/]+)/(?:lib)?(.+?)\.(?:so|dll)$")
_LEFT_OUT = (
    re.compile(r"PySide6/(?:Qt/)?(?:translations|qml|resources|metatypes)/"),
    re.compile(r"(?:^|/)(?:opengl32sw|d3dcompiler_\d+|opencv_videoio_ffmpeg\w*)\.dll$", re.IGNORECASE),
    re.compile(r"(?:^|/)(?:tests?|testing|__pycache__|include)/"),
    re.compile(r"\.(?:pyi|pxd|pyx|c|h|hpp|a|lib|cmake)$"),
    re.compile(r"^holidays/locale/(?!vi/|en_US/)"),
    re.compile(r"^(?:PIL|numpy|sqlalchemy|zstandard)/.*\.(?:py|txt)$"),
)

_SYSTEM_FOLDERS = {PurePosixPath(f"{top}/lib/x86_64-linux-gnu") for top in ("", "/usr")}
_NOT_LEFT_TO_DEBIAN = re.compile(r"libpython3\.")


def stays_out(name: str) -> bool:
    """Whether a file that would lie at `name` in the folder is none the program uses."""
    name = name.replace("\\", "/")
    if (plugin := _QT_PLUGIN.search(name)) is not None:
        return plugin[2] not in _QT_PLUGINS.get(plugin[1], set())
    if (library := _QT_LIBRARY.search(name)) is not None:
        return _QT_KEPT.match(library[1]) is None
    return any(pattern.search(name) for pattern in _LEFT_OUT)


def is_left_to_debian(name: str, source: str) -> bool:
    """Whether a library comes with Debian itself, whose security updates then reach the program too."""
    path = PurePosixPath(source)
    return path.parent in _SYSTEM_FOLDERS and _NOT_LEFT_TO_DEBIAN.match(PurePosixPath(name).name) is None
