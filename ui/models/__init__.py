"""Tables of frozen rows for Qt's views."""

from ui.models.rows import Column, RowsModel, RowsTable

__all__ = ["Column", "RowsModel", "RowsTable"]
