"""The only owner of SQL: each public verb is one transaction; rows never leave this room."""
