"""PDFium, which reads and draws PDFs, may be used by one thread at a time in a whole process.

Source: https://pypdfium2.readthedocs.io, "Thread safety". Whoever calls it holds this lock, for one page at a time.
"""

import threading

ONE_AT_A_TIME = threading.Lock()
