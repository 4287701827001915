"""What the kernel takes away from a worker before it sees a stranger's SQL.

Every wall is put up best effort and reported, because kernels and containers differ; none of them is the only one
against anything. All but the limits bind the calling thread and the threads it starts later: call them while there is
one thread, or in a test on a thread that ends.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
from collections.abc import Iterable
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_CAP_DAC_READ_SEARCH = 1 << 2
_FILES_OPEN_MAX = 1024


def die_with_parent() -> bool:
    """The kernel kills this process when the thread that forked it ends."""
    return _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0


def forbid_new_rights() -> bool:
    """No program this process starts can have more rights than it; the kernel asks for this before the next walls."""
    return _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def leave_network() -> bool:
    """Move into a network namespace with nothing in it (as root, or where users may make namespaces)."""
    if _LIBC.unshare(_CLONE_NEWNET) == 0:
        return True
    return _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0


def drop_capabilities() -> bool:
    """Give up root's powers but one: reading files of another owner, which a lake on a mounted disk may need.

    The file wall (`allow_files_only`) then says which files. See capabilities(7).
    """
    head = struct.pack("=Ii", 0x20080522, 0)
    now = ctypes.create_string_buffer(24)
    if _LIBC.capget(head, now) != 0:
        return False
    permitted = struct.unpack("=6I", now.raw)[1] & _CAP_DAC_READ_SEARCH
    return _LIBC.capset(head, struct.pack("=6I", permitted, permitted, 0, 0, 0, 0)) == 0


# System calls a query engine never needs, by machine: sockets, programs, other processes, namespaces, kernel doors.
_SYSCALLS = {
    "x86_64": (
        0xC000003E,
        (41, 42, 43, 49, 50, 53, 57, 58, 59, 62, 101, 155, 161, 165, 166, 169, 175, 176, 246, 248, 249, 250, 272, 288,
         298, 304, 308, 310, 311, 313, 319, 320, 321, 322, 323, 424, 425, 434, 438),
    ),
    "aarch64": (
        0xC00000B7,
        (39, 40, 41, 51, 97, 104, 105, 106, 117, 129, 142, 198, 199, 200, 201, 202, 203, 217, 218, 219, 221, 241, 242,
         265, 268, 270, 271, 273, 279, 280, 281, 282, 294, 424, 425, 434, 438),
    ),
}  # fmt: skip


def forbid_syscalls() -> bool:
    """A seccomp filter: the listed calls fail with EPERM, everything else passes. See seccomp(2)."""
    known = _SYSCALLS.get(platform.machine())
    if known is None:
        return False
    program = _filter_program(*known)
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    return _LIBC.prctl(_PR_SET_SECCOMP, 2, head, 0, 0) == 0


def _filter_program(architecture: int, calls: tuple[int, ...]) -> bytes:
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    refuse, allow, kill = 0x00050001, 0x7FFF0000, 0x80000000
    steps = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (answer, 0, 0, kill),
        (load, 0, 0, 0),
        (at_least, len(calls) + 1, 0, 0x40000000),  # the x32 numbering would walk around the list
        *((equal, len(calls) - index, 0, call) for index, call in enumerate(calls)),
        (answer, 0, 0, allow),
        (answer, 0, 0, refuse),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


# Landlock, see landlock(7): the rights a file system rule can hold, by the version that knows them.
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446


def knows_landlock() -> bool:
    """Whether this kernel can keep a process to a list of files."""
    return _landlock_version() >= 1


def _landlock_version() -> int:
    return _LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)


def allow_files_only(files: Iterable[str], folders: Iterable[str] = ()) -> bool:
    """From now on only these files, and what lies below these folders, can be opened, and only for reading."""
    version = _landlock_version()
    if version < 1:
        return False
    rights = (1 << _FILE_RIGHTS_BY_VERSION.get(version, 16)) - 1
    rules = struct.pack("=QQQ", rights, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _LIBC.syscall(_CREATE_RULESET, rules, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for path, allowed in [(each, _READ_FILE) for each in files] + [
            (each, _READ_FILE | _READ_DIR) for each in folders
        ]:
            _add_rule(ruleset, path, allowed)
        return _LIBC.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _add_rule(ruleset: int, path: str, allowed: int) -> None:
    """One path. A path that is not there gets no rule, so it stays closed."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _LIBC.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", allowed, place), 0)
    finally:
        os.close(place)


def limit_process() -> None:
    """No core dump, no byte written to any file, a bounded number of open files, first in line when memory runs out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _lower(resource.RLIMIT_NOFILE, _FILES_OPEN_MAX)


def prefer_for_killing() -> bool:
    """Ask the kernel to take this process before the database or the app when the machine runs out of memory."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        return False
    return True


def limit_memory(extra_bytes: int) -> None:
    """This process may map at most this much more than it has mapped now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + extra_bytes)


def limit_cpu(seconds: int) -> None:
    """This process may compute at most this much longer, all its threads together; then the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)


def _lower(kind: int, soft: int) -> None:
    """Set the soft limit; the hard one stays, so that the next query can be given its own."""
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
