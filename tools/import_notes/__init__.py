"""Brings notes from elsewhere: a folder or zip of Markdown becomes notes of this project.

    python -m tools.import_notes SOURCE --topic TOPIC [--write]

Without ``--write`` nothing is written: a report says what would become of each page. One
module a step: :mod:`collection` reads the source, :mod:`places` says where each page goes,
:mod:`dialect` parses, :mod:`convert`, :mod:`inline`, :mod:`html` and :mod:`tex` convert
tokens, :mod:`writer` makes MyST of them, :mod:`words` finds what was lost, :mod:`importer`
does it all in order.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "_ext"))
