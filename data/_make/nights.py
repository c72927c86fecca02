"""Make the shipped contests of past nights from the files their figures come from: ``make nights SHARED=path``.

``path`` holds ``nights/`` and ``predikon/``. The result is committed; this is how to make it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from general_elections import make_general_elections
from presidents import make_presidents
from quick_count import make_quick_count
from referendum import make_referendum

if __name__ == "__main__":
    shared, data = Path(sys.argv[1]), Path(__file__).resolve().parent.parent
    make_general_elections(shared / "nights", data)
    make_referendum(shared / "nights", data)
    make_quick_count(shared / "nights", data)
    make_presidents(shared / "predikon", data)
