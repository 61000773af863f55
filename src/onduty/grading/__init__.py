"""Judges other people's code: many submissions, each behind a boundary, every result kept in a ledger."""
