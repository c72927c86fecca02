"""Past nights scored: orders of declaration, what could be known, the scores, the runs and the scoreboard."""
