"""One file per format: from a file in the upload to text tables, typed tables and documents."""
