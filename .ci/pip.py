"""Fetch pip's newest wheel from the package index and print where it is: for a Python that comes without pip.

Standard library only. A wheel is a zip file, which Python runs from where it lies.
"""

import hashlib
import os
import re
import sys
import urllib.parse
import urllib.request
from pathlib import Path

WHEEL = r'href="([^"#]+/(pip-(\d+)\.(\d+)(?:\.(\d+))?-py3-none-any\.whl))#sha256=([0-9a-f]{64})"'
index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
with urllib.request.urlopen(index, timeout=60) as answer:
    page = answer.read().decode()
links = re.findall(WHEEL, page)
link, name, *_, digest = max(links, key=lambda found: [int(part or 0) for part in found[2:5]])
with urllib.request.urlopen(urllib.parse.urljoin(index, link), timeout=60) as answer:
    wheel = answer.read()
if hashlib.sha256(wheel).hexdigest() != digest:
    sys.exit(f"daf: {name} is not what the index promised")
target = Path(sys.argv[1], name)
target.write_bytes(wheel)
print(target)
