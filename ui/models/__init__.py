"""Tables of frozen rows for Qt's views."""

from ui.models.paged import PAGE_ROWS, PagedRows
from ui.models.rows import USUAL_WIDTH, Column, RowsModel, RowsTable

__all__ = ["PAGE_ROWS", "USUAL_WIDTH", "Column", "PagedRows", "RowsModel", "RowsTable"]
