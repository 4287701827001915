"""Datasets, their versions and tables: what is stored, and which version readers see."""

from polidat.lake.shapes import Column, ReadableTable, StagedTable

__all__ = ["Column", "ReadableTable", "StagedTable"]
