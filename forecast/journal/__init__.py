"""The journal: everything a night is made of, appended to one database and chained by digests."""
