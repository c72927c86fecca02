"""What the terminal shows: documents as text to be read aloud. It computes nothing and writes nothing."""
