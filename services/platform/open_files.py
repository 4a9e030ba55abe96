"""Raises the limit of open files: each connection is one, and the usual limit is only 1,024."""

import resource


def allow_open_files(wanted: int) -> int:
    """Allow this process, and its children, so many open files, and return the limit.

    The limit is smaller if the system allows no more, but never smaller than before.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if allowed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
