"""Memory of processes that make and drop large blocks all the time."""

from __future__ import annotations

_BLOCK = 1 << 22


def keep_freed_memory() -> None:
    """Have blocks of up to 4 MB that are freed kept for the next ones, 8 MB at most, and not given back each time.

    A batch of letters is 200 KB. The GNU C library gives such blocks back to the kernel as soon as they are freed, and
    having them back, page by page, takes 8 µs a letter. Once it has freed a larger block, it no longer does (its manual
    page mallopt(3), under M_MMAP_THRESHOLD). Other C libraries are left as they are.
    """
    bytes(_BLOCK)
