"""What a test looks for in a page that is open in a browser: conditions in the page's own words, jumps, barriers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
WATCH_JUMPS = """() => { window.jumps = []; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) for (const { node } of entry.sources)
    if (node?.parentElement?.closest(".reel") && entry.value > 0.002)
      window.jumps.push(entry.value + " " + node.outerHTML?.slice(0, 120));
}).observe({ type: "layout-shift" }); }"""


def until(page: Any, condition: str) -> None:
    """Wait for a condition in the page's own words; the policy of the page forbids the shorter way."""
    deadline = time.monotonic() + 20
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"it did not come to be: {condition}"
        page.wait_for_timeout(50)


def violations(page: Any) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{row['id']}: {[node['html'][:120] for node in row['nodes'][:3]]}" for row in found]
