"""Datasets, their versions and tables: what is stored, and which version readers see."""

from polidat.lake.commit import WrittenTable, commit_version, write_tables
from polidat.lake.errors import BadFileName, EmptyUpload, NoSuchDataset, NoSuchUpload, SlugTaken, UploadTooLarge
from polidat.lake.events import VersionCommitted
from polidat.lake.find import current_version, current_versions, keep_suite, new_dataset, own_dataset, versions_of
from polidat.lake.inbox import (
    Arrival,
    file_chunks,
    files_arriving,
    receive_upload,
    upload_of,
    upload_subject,
    uploads_of,
)
from polidat.lake.models import Dataset, DatasetVersion, Upload, UploadState, VersionTable
from polidat.lake.shapes import Column, ReadableTable, StagedTable

__all__ = [
    "Arrival",
    "BadFileName",
    "Column",
    "Dataset",
    "DatasetVersion",
    "EmptyUpload",
    "NoSuchDataset",
    "NoSuchUpload",
    "ReadableTable",
    "SlugTaken",
    "StagedTable",
    "Upload",
    "UploadState",
    "UploadTooLarge",
    "VersionCommitted",
    "VersionTable",
    "WrittenTable",
    "commit_version",
    "current_version",
    "current_versions",
    "file_chunks",
    "files_arriving",
    "keep_suite",
    "new_dataset",
    "own_dataset",
    "receive_upload",
    "upload_of",
    "upload_subject",
    "uploads_of",
    "versions_of",
    "write_tables",
]
