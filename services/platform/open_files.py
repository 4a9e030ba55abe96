"""Room for many connections: each is an open file, of which a process may often have only 1,024."""

import resource


def allow_open_files(wanted: int) -> int:
    """Let this process, and those that it starts, have as many open files, if the system lets us.

    Returns how many it may have: fewer if the system does not, and never fewer than before.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if allowed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
