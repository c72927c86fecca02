"""The service over HTTP: the API, the pages, and who may do what. It computes nothing: it reads the journal."""
