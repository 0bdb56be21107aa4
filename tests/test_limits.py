"""The settings that say how much a page or a file may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sphinx.errors import ConfigError

from knowledge_base.limits import LIMITS, chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Site


def test_pieces_hold_everything_once_in_order() -> None:
    assert chunks([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert chunks([1, 2], 2) == [[1, 2]]
    assert chunks([], 2) == []


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_limit_is_at_least_one(make_site: Callable[..., Site], name: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} must be at least 1, not 0$"):
        make_site({}, f"{name} = 0\n").build()


def test_a_sitemap_holds_no_more_than_the_protocol_allows(
    make_site: Callable[..., Site],
) -> None:
    with pytest.raises(ConfigError, match="sitemap_limit must be at most 50,000, not 50,001"):
        make_site({}, "sitemap_limit = 50_001\n").build()
