"""Seals outside the database: publishing them, comparing them with what is inside, handing both to an outsider.

The seals themselves, and the comparison of rows with them, are SQL: ``sql/comun/sello*.sql``.
"""
