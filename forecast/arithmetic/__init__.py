"""The desk's arithmetic: what is counted, what is outstanding and what each candidate needs."""
