"""The file formats that questions come in and go out as; each reads and writes `Draft`s and knows no database."""
